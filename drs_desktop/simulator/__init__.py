"""A DRS that lives on this machine: a pure core, a wire face over HTTP and an in-process face.

Importing this package loads neither moto nor boto3; only `drs_desktop.simulator.wire` does.
"""
