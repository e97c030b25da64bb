"""The sidebar that every page shares: model, picture, class, and the link to the view."""
