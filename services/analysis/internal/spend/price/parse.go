package price

import (
	"fmt"
	"math/big"
	"strings"
)

// parse reads rules such as "openai/gpt-4.1=2/0.5/8+0.01". Blank ones and those that
// begin with # are skipped.
func parse(rules []string) (Table, error) {
	table := Table{}
	for _, rule := range rules {
		rule = strings.TrimSpace(rule)
		if rule == "" || strings.HasPrefix(rule, "#") {
			continue
		}
		name, amounts, ok := strings.Cut(rule, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not like engine/model=in/cached/out+request", rule)
		}
		p, err := parsePrice(strings.TrimSpace(amounts))
		if err != nil {
			return nil, fmt.Errorf("the price of %q: %w", name, err)
		}
		table[name] = p
	}
	return table, nil
}

// parsePrice reads "in/cached/out", "in/out" (what is cached costs what is sent) or
// one number for all three, each with "+request" after it or only that.
func parsePrice(text string) (p Price, err error) {
	tokens, request, asked := strings.Cut(text, "+")
	if asked {
		if p.Request, err = parseMoney(request); err != nil {
			return p, err
		}
		if strings.TrimSpace(tokens) == "" {
			return p, nil
		}
	}
	var each []int64
	for amount := range strings.SplitSeq(tokens, "/") {
		money, err := parseMoney(amount)
		if err != nil {
			return p, err
		}
		each = append(each, money)
	}
	switch len(each) {
	case 1:
		p.Input, p.Cached, p.Output = each[0], each[0], each[0]
	case 2:
		p.Input, p.Cached, p.Output = each[0], each[0], each[1]
	case 3:
		p.Input, p.Cached, p.Output = each[0], each[1], each[2]
	default:
		return p, fmt.Errorf("%q has more than three parts", text)
	}
	return p, nil
}

// maxUSD bounds a price, so that a slip of the keyboard is found.
const maxUSD = 1_000_000

// parseMoney reads US dollars, and rounds up.
func parseMoney(text string) (int64, error) {
	text = strings.TrimSpace(text)
	amount, ok := new(big.Rat).SetString(text)
	// big.Rat takes more forms than anybody writes prices in, and exponents without end.
	if !ok || strings.Trim(text, "0123456789.") != "" {
		return 0, fmt.Errorf("%q is not an amount in US dollars such as 0.15", text)
	}
	if amount.Cmp(big.NewRat(maxUSD, 1)) > 0 {
		return 0, fmt.Errorf("%q is more than %d US dollars", text, maxUSD)
	}
	amount.Mul(amount, big.NewRat(NanoUSD, 1))
	nano := new(big.Int).Add(amount.Num(), new(big.Int).Sub(amount.Denom(), big.NewInt(1)))
	return nano.Div(nano, amount.Denom()).Int64(), nil
}

// FromUSD returns an amount of US dollars in billionths, rounded up to one; what is too
// much for an int64 becomes the most there is.
func FromUSD(usd float64) int64 {
	if usd <= 0 {
		return 0
	}
	if usd >= maxFloat {
		return maxFloat * NanoUSD
	}
	// The shortest decimal that reads as the float is what was written: 0.1 is a tenth.
	amount, _ := new(big.Rat).SetString(fmt.Sprint(usd))
	amount.Mul(amount, big.NewRat(NanoUSD, 1))
	nano := new(big.Int).Add(amount.Num(), new(big.Int).Sub(amount.Denom(), big.NewInt(1)))
	return nano.Div(nano, amount.Denom()).Int64()
}

// maxFloat is how many dollars fit.
const maxFloat = 9_000_000_000

// ToUSD returns billionths of a US dollar in dollars.
func ToUSD(nano int64) float64 { return float64(nano) / NanoUSD }
