"""Takes one guard at a time out of a copy of the product and shows which named test then fails."""
