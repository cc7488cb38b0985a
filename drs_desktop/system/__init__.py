"""What the operating system and the installation give: paths, clock, ids, locks, notifications."""
