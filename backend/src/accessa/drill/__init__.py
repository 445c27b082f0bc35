"""The drill: documents go in while everything is killed, and afterwards each row and each bill is looked at."""
