"""For machines: REST and its OpenAPI description over the same use cases as the pages."""
