"""The parts of the page Leaderboard."""
