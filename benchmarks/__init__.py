"""Other systems measured beside the product, each in an environment of its own; a tool for developers."""
