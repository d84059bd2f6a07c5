package fetch_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
)

// TestGuard_SpecialPurposeRegistries has every entry of IANA's registries of
// special-purpose addresses, and of the address spaces of multicast and reserved
// addresses, with its first and last address.
func TestGuard_SpecialPurposeRegistries(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{
		// IPv4
		"0.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.0.0/29",
		"192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/32", "192.0.0.171/32", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
		"192.88.99.0/24", "192.88.99.2/32", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"255.255.255.255/32", "224.0.0.0/4", "224.0.0.0/24", "239.0.0.0/8",
		// IPv6
		"::1/128", "::/128", "::ffff:0:0/104", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001::/32", "2001:1::1/128", "2001:1::2/128",
		"2001:1::3/128", "2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28", "2001:20::/28", "2001:30::/28", "2001:db8::/32", "2002::/16",
		"2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "ff00::/8", "fec0::/10", "::/96", "4000::/3", "8000::/2",
	} {
		prefix := netip.MustParsePrefix(entry)
		for _, addr := range []netip.Addr{prefix.Masked().Addr(), last(prefix)} {
			if addr.Unmap() != addr {
				continue // ::ffff:0:0/104 is 0.0.0.0/8, which is there
			}
			check, control := fetch.CheckAddress(netip.AddrPortFrom(addr, 443))
			require.Error(t, check, "%s of %s", addr, prefix)
			require.Error(t, control, "%s of %s", addr, prefix)
		}
	}
}

// last returns the last address of a prefix.
func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	addr, _ := netip.AddrFromSlice(b)
	return addr
}

func TestGuard(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		to string
		ok bool
	}{
		"public IPv4":                            {"93.184.216.34:443", true},
		"public IPv6":                            {"[2606:2800:220:1:248:1893:25c8:1946]:443", true},
		"one before a private range":             {"9.255.255.255:80", true},
		"one after a private range":              {"11.0.0.0:80", true},
		"one after the shared range":             {"100.128.0.0:80", true},
		"one after loopback":                     {"128.0.0.0:80", true},
		"one before multicast":                   {"223.255.255.255:80", true},
		"one after documentation":                {"[2001:db9::]:80", true},
		"mapped private is private":              {"[::ffff:10.0.0.1]:80", false},
		"mapped loopback is loopback":            {"[::ffff:7f00:1]:80", false},
		"mapped public is public":                {"[::ffff:93.184.216.34]:80", true},
		"compatible is refused":                  {"[::93.184.216.34]:80", false},
		"translated public is public":            {"[64:ff9b::93.184.216.34]:80", true},
		"translated private is private":          {"[64:ff9b::10.0.0.1]:80", false},
		"translated metadata is link-local":      {"[64:ff9b::169.254.169.254]:80", false},
		"locally translated is refused":          {"[64:ff9b:1::93.184.216.34]:80", false},
		"6to4 of a private one":                  {"[2002:a00:1::]:80", false},
		"6to4 of a public one":                   {"[2002:5db8:d822::]:80", false},
		"Teredo":                                 {"[2001:0:4136:e378:8000:63bf:3fff:fdd2]:80", false},
		"ISATAP of a private one":                {"[2606:2800:220:1:0:5efe:10.0.0.1]:80", false},
		"ISATAP of a private one, universal bit": {"[2606:2800:220:1:200:5efe:192.168.0.1]:80", false},
		"ISATAP of a public one":                 {"[2606:2800:220:1:0:5efe:93.184.216.34]:80", true},
		"a zone":                                 {"[fe80::1%eth0]:80", false},
		"a global address with a zone":           {"[2606:2800:220:1::1%eth0]:80", false},
		"a usual port for tests":                 {"93.184.216.34:8080", true},
		"mail":                                   {"93.184.216.34:25", false},
		"ssh":                                    {"93.184.216.34:22", false},
		"Redis":                                  {"93.184.216.34:6379", false},
		"no port":                                {"93.184.216.34:0", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check, control := fetch.CheckAddress(netip.MustParseAddrPort(tc.to))
			require.Equal(t, tc.ok, check == nil, "%v", check)
			require.Equal(t, tc.ok, control == nil, "what net.Dialer is told must be the same: %v", control)
		})
	}
}

func TestGuard_Trusted(t *testing.T) {
	t.Parallel()
	intranet := netip.MustParsePrefix("10.1.0.0/16")
	for to, ok := range map[string]bool{
		"10.1.2.3:80": true, "10.1.2.3:9999": true, "[::ffff:10.1.2.3]:9999": true, "10.2.0.1:80": false, "127.0.0.1:80": false, "93.184.216.34:9999": false,
	} {
		check, _ := fetch.CheckAddress(netip.MustParseAddrPort(to), intranet)
		require.Equal(t, ok, check == nil, to)
	}
}
