"""The simulator's wire face: any AWS client reaches it over HTTP on the loopback interface.

moto serves sts, ec2, iam, ssm and sns; drs is ours, in moto's shape. The settings below must be in the
environment before moto is first imported, so they stand here and not in a function.
"""

import os

os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # loading them costs a second per Region
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")  # no browser has any business here
