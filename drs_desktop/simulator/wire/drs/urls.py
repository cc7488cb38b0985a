"""Where moto routes drs requests; the operation is found from botocore's model."""

from drs_desktop.simulator.wire.drs.responses import DRSResponse

url_bases = [r"https?://drs(-fips)?\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/.*$": DRSResponse.dispatch}
