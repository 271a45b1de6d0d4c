"""From what selectors found to what a page is given (`desk.viewmodels`): words, looks and addresses. No queries."""
