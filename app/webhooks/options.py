"""Options of a subscription's format, as they are kept, used and shown: secret ones are sealed."""

import msgspec

from app.store.sealed import Seals
from app.webhooks.formats import FORMATS
from app.webhooks.formats.format import OptionRefused, Options
from app.webhooks.subscriptions import HIDDEN, about_option


def check(format_name: str, options: Options) -> None:
    """OptionRefused unless the format can work with them."""
    its = FORMATS[format_name]
    for name in its.secret & options.keys():
        if options[name] == HIDDEN:
            raise OptionRefused(
                name, "this is the option as it is shown; the whole of it is needed"
            )
    its.check(options)


def sealed(format_name: str, options: Options, seals: Seals, subscription_id: str) -> str:
    """The options as they are kept."""
    secret = FORMATS[format_name].secret
    kept = {
        name: seals.seal(str(value), about_option(name, subscription_id))
        if name in secret
        else value
        for name, value in options.items()
    }
    return msgspec.json.encode(kept).decode()


def shown(format_name: str, kept: str) -> Options:
    """The options as they may be shown."""
    return hidden(format_name, msgspec.json.decode(kept))


def hidden(format_name: str, options: Options) -> Options:
    """The options, their secrets hidden."""
    secret = FORMATS[format_name].secret
    return {name: HIDDEN if name in secret else value for name, value in options.items()}
