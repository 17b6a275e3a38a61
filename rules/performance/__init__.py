"""Performance efficiency: models measured while they serve, and resources that fit."""
