"""What the screens and the command line can ask for: async functions over the engine, without Qt."""
