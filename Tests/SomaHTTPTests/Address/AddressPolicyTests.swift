import Testing

@testable import SomaHTTP

@Suite("Address policy")
struct AddressPolicyTests {
    @Test(
        "Only public unicast addresses are public",
        arguments: [
            ("1.1.1.1", true), ("8.8.8.8", true), ("100.63.255.255", true), ("100.128.0.0", true),
            ("172.15.255.255", true), ("172.32.0.0", true), ("192.0.1.1", true), ("223.255.255.255", true),
            ("2606:4700::1111", true), ("2a00::1", true), ("2001:200::1", true),
            ("0.0.0.0", false), ("0.1.2.3", false), ("10.0.0.1", false), ("100.64.0.1", false),
            ("100.127.255.255", false), ("127.0.0.1", false), ("127.255.255.255", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false), ("172.31.255.255", false), ("192.0.0.1", false), ("192.0.2.1", false),
            ("192.88.99.1", false), ("192.168.1.1", false), ("198.18.0.1", false), ("198.19.255.255", false),
            ("198.51.100.1", false), ("203.0.113.1", false), ("224.0.0.1", false), ("239.1.1.1", false),
            ("240.0.0.1", false), ("255.255.255.255", false),
            ("::", false), ("::1", false), ("::7f00:1", false), ("::8.8.8.8", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", false), ("::ffff:0:7f00:1", false), ("64:ff9b::7f00:1", false),
            ("64:ff9b::8.8.8.8", false), ("64:ff9b:1::1", false), ("100::1", false), ("2001::1", false),
            ("2001:10::1", false), ("2001:db8::1", false), ("2002:7f00:1::1", false), ("3fff::1", false),
            ("5f00::1", false), ("fc00::1", false), ("fd12::1", false), ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ]
    )
    func publicAddresses(text: String, isPublic: Bool) throws {
        let address = try #require(IPAddress(text))
        #expect(address.isPublic == isPublic)
        #expect(AddressPolicy.publicOnly.allows(address, port: 80) == isPublic)
        #expect(AddressPolicy.any.allows(address, port: 80))
    }

    @Test(
        "A range contains its addresses on its port",
        arguments: [
            ("127.0.0.0/8", nil, "127.9.9.9", 80, true),
            ("127.0.0.0/8", nil, "128.0.0.0", 80, false),
            ("127.0.0.1", 80, "127.0.0.1", 80, true),
            ("127.0.0.1", 80, "127.0.0.1", 81, false),
            ("0.0.0.0/0", nil, "9.9.9.9", 1, true),
            ("::/0", nil, "9.9.9.9", 1, false),
            ("::/0", nil, "fe80::1", 1, true),
            ("fd00::/8", nil, "fdff::", 1, true),
            ("fd00::/8", nil, "fe00::", 1, false),
        ] as [(String, Int?, String, Int, Bool)]
    )
    func ranges(range: String, port: Int?, address: String, target: Int, contained: Bool) throws {
        let range = try #require(AddressRange(range, port: port))
        let address = try #require(IPAddress(address))
        #expect(range.contains(address, port: target) == contained)
        #expect(AddressPolicy.allow([range]).allows(address, port: target) == (contained || address.isPublic))
    }

    @Test(
        "What is no range is refused",
        arguments: [
            "", "/", "127.0.0.1/", "127.0.0.1/33", "127.0.0.1/-1", "::/129", "127.1", "0x7f.0.0.1", "host",
            "1/8",
        ]
    )
    func noRange(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(
        "Addresses are written as they are read",
        arguments: ["127.0.0.1", "255.255.255.255", "::1", "fe80::1:2", "::ffff:1.2.3.4"]
    )
    func description(text: String) {
        #expect(IPAddress(text)?.description == text)
    }

    @Test("A zone is no part of the number, and other byte counts are no address")
    func oddAddresses() {
        #expect(IPAddress("fe80::1%eth0") == IPAddress("fe80::1"))
        #expect(IPAddress(bytes: [1, 2, 3]) == nil)
    }
}
