"""Bank statements: read in any bank's layout, stored, tied to what asked for the money, booked."""
