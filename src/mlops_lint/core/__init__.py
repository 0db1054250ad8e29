"""The types that every floor speaks: findings, rules, facts, options, outcomes. Plain data; no parser, no file, no console."""
