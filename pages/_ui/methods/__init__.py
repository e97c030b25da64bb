"""The parts of Methods: its fields, the table of all methods with its filters, and the card of one."""
