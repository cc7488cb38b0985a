"""The command line: parsing and printing over the services, with no window and no Qt."""
