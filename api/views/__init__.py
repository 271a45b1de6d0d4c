"""Each view reads what was asked, calls one selector or use case, and answers in the shapes of `api.serializers`."""
