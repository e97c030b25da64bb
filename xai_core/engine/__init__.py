"""From a request to a map: checked, passes shared, run, estimated, compared with other libraries."""
