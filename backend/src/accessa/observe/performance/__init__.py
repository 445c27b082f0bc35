"""Performance: how long stages and documents take, what holds them up, what was promised, and what is to come."""
