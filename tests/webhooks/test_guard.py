"""The addresses that are never dialled, one by one, and what a receiver's URL may say."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.webhooks.guard import AddressGuard, AddressRefused, UrlRefused, check_url, refused_range

NEVER = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    "link-local, cloud metadata": ["169.254.169.254", "fe80::1", "fe80::1%eth0", "febf::1"],
    "cloud host agent": ["168.63.129.16"],
    "unspecified, this network": ["0.0.0.0", "0.1.2.3", "::"],  # noqa: S104 - refused, not bound
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "broadcast": ["255.255.255.255"],
    "reserved": ["240.0.0.1", "255.255.255.254"],
    "carrier NAT": ["100.64.0.1", "100.127.255.255", "100.100.100.200"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "benchmark": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "protocol assignments": ["192.0.0.1", "192.0.0.192", "2001:10::1", "2001:20::1", "2001:1::1"],
    "6to4 relay": ["192.88.99.1"],
    "IPv4-mapped": ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a9fe:a9fe"],
    "IPv4-translated": ["::ffff:0:127.0.0.1"],
    "IPv4-compatible": ["::7f00:1", "::127.0.0.1", "::2"],
    "NAT64": ["64:ff9b::a9fe:a9fe", "64:ff9b::8.8.8.8", "64:ff9b:1::1"],
    "6to4": ["2002:7f00:1::", "2002:a9fe:a9fe::1"],
    "Teredo": ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "discard": ["100::1"],
    "site-local": ["fec0::1", "feff::1"],
    "unique local": ["fc00::1", "fd00:ec2::254"],
    "not global unicast": ["5f00::1", "4000::1", "e000::1", "fe00::1", "200::1"],
    "not an IP address": ["", "localhost", "0x7f.1", "2130706433", "127.1", "0177.0.0.1"],
}
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2001:4860:4860::8888",
    "2a00:1450:4001::1",
]


@pytest.mark.parametrize(
    ("name", "address"), [(name, address) for name, forms in NEVER.items() for address in forms]
)
def test_never_dialled(name: str, address: str) -> None:
    with pytest.raises(AddressRefused) as raised:
        AddressGuard().check(address)
    assert raised.value.range_name == name
    assert str(raised.value) == "address refused"


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_dialled(address: str) -> None:
    AddressGuard().check(address)


@given(st.ip_addresses())
@example(IPv6Address("64:ff9b::a9fe:a9fe"))
def test_what_python_knows_for_not_public_is_refused(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert refused_range(address)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_passes_inside_an_ipv6_one(address: IPv4Address) -> None:
    inside = int(address)
    for form in (
        inside,
        0xFFFF << 32 | inside,
        0xFFFF << 48 | inside,
        0x64FF9B << 96 | inside,
        0x2002 << 112 | inside << 80,
        0x20010000 << 96 | inside ^ 0xFFFFFFFF,
    ):
        assert refused_range(IPv6Address(form))


def test_allowed_networks_are_matched_with_the_address_as_dialled() -> None:
    guard = AddressGuard([ip_network("127.0.0.0/8"), ip_network("fd00::/8")])
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "fd00::1"):
        guard.check(address)
    for address in ("10.0.0.1", "::1", "::7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "fc00::1"):
        with pytest.raises(AddressRefused):
            guard.check(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook?x=1#part",
        "HTTP://EXAMPLE.com:8080",
        "https://my_service.internal./",
        "http://93.184.216.34:65535/",
        "http://[2606:4700::1111]:443/",
        "https://bücher.example/",
        "https://xn--bcher-kva.example/",
    ],
)
def test_urls_of_receivers(url: str) -> None:
    assert check_url(url).host


@pytest.mark.parametrize(
    ("problem", "urls"),
    [
        (
            "scheme",
            ["ftp://h/", "file:///etc/passwd", "//h/", "h", "", "gopher://h", "unix:/run/x"],
        ),
        ("user", ["http://u:s3cret@h/", "http://s3cret@h/", "http://h\\@s3cret/"]),
        ("no host", ["http://", "http:///s3cret", "http://:80/", "https:s3cret"]),
        ("port", ["http://s3cret:0/", "http://s3cret:65536/", "http://s3cret:99999999/"]),
        (
            "host is neither",
            [
                "http://s3cret h/",
                "http://s3cret%00/",
                "http://s3%63ret/",
                "http://*.s3cret/",
                "http://s3cret..com/",
                f"http://{'s3cret' * 11}.com/",
                f"http://{'s3cret.' * 40}com/",
                "http://[fe80::1%25s3cret]/",
            ],
        ),
        (
            "not a URL",
            [
                "http://s3cret:abc/",
                "http://s3cret\n/",
                "http://s3cret/\x00",
                "http://[::s3cret",
                "http://[::1]s3cret/",
                "http://xn--s3crеt.com/",  # noqa: RUF001 - a Cyrillic letter
                "http://h/" + "s3cret" * 20000,
            ],
        ),
    ],
)
def test_urls_that_cannot_be_a_receivers(problem: str, urls: list[str]) -> None:
    for url in urls:
        with pytest.raises(UrlRefused, match=problem) as raised:
            check_url(url)
        assert "s3cret" not in str(raised.value)


@given(st.text())
def test_any_text_is_a_receivers_url_or_refused(rest: str) -> None:
    for url in (rest, f"http://{rest}", f"http://h{rest}"):
        try:
            check_url(url)
        except UrlRefused:
            continue
