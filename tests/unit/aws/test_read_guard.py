"""Clients for reads cannot be made to write, whatever the operation."""

import boto3
import pytest
from botocore.client import BaseClient

from drs_desktop.aws.read_guard import WriteRefused, refuse_writes
from drs_desktop.domain.aws_operations import READS


def guarded_client() -> BaseClient:
    client = boto3.Session(aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="none").client(
        "drs", region_name="eu-west-1", endpoint_url="http://127.0.0.1:9"
    )
    refuse_writes(client)
    return client


def test_every_operation_that_is_no_read_is_refused_before_its_parameters_are_looked_at() -> None:
    client = guarded_client()
    written = [
        (method, name)
        for method, name in client.meta.method_to_api_mapping.items()
        if f"drs:{name}" not in READS
    ]
    assert len(written) > 40
    for method, name in written:
        with pytest.raises(WriteRefused, match=f"drs:{name} could change something"):
            getattr(client, method)()
