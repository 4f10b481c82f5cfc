"""Budgets of persons: how many cardholders may be looked at, by whom, in a day and in a month."""
