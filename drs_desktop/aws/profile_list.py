"""The profiles that somebody can choose from: those that sign in, and all the others."""

import botocore.session

from drs_desktop.aws.aws_config import AwsConfig
from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.identity_choice import ProfileChoice


def profile_choices(config: AwsConfig, chosen: str) -> tuple[ProfileChoice, ...]:
    """Return every profile of the configuration and the credentials file, those that sign in first.

    Args:
        config: the configuration as it was just read.
        chosen: the profile in force.

    Raises:
        ValidationFailed: a file cannot be read as what it should be.
    """
    signing_in = tuple(
        ProfileChoice(name=one.name, session=one.session, problem=one.problem, is_chosen=one.name == chosen)
        for one in config.profiles
    )
    names = {one.name for one in signing_in}
    others = (name for name in _every_name() if name not in names)
    return signing_in + tuple(ProfileChoice(name=name, is_chosen=name == chosen) for name in others)


def _every_name() -> tuple[str, ...]:
    try:
        return tuple(botocore.session.Session().available_profiles)
    except Exception:  # noqa: BLE001  # the parser's own text could repeat a secret
        raise ValidationFailed("The AWS configuration cannot be read: a line in it is wrong.") from None
