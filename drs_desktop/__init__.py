"""A desktop console that drills and recovers with AWS Elastic Disaster Recovery (DRS)."""

__version__ = "0.1.0"
