package identity

import "time"

// checkTimes holds the dates of a token against now (RFC 7519 section 4.1): a
// token has to expire, is refused from exp on and before nbf, and must not be
// of the future; leeway allows for clocks that differ.
//
// SECURITY: a token without exp would be good for ever, and nobody could take
// it back.
func checkTimes(c claims, now time.Time, leeway time.Duration) error {
	exp, present, err := c.date("exp")
	switch {
	case err != nil:
		return refuse(ReasonTimes, "%v", err)
	case !present:
		return refuse(ReasonTimes, "the token does not expire: it has no \"exp\"")
	case !now.Before(exp.Add(leeway)):
		return refuse(ReasonExpired, "the token expired at %s", exp.UTC().Format(time.RFC3339))
	}
	nbf, present, err := c.date("nbf")
	switch {
	case err != nil:
		return refuse(ReasonTimes, "%v", err)
	case present && now.Add(leeway).Before(nbf):
		return refuse(ReasonNotYetValid, "the token is not valid before %s", nbf.UTC().Format(time.RFC3339))
	}
	return checkIssuedAt(c, now.Add(leeway), exp)
}

func checkIssuedAt(c claims, latest, exp time.Time) error {
	iat, present, err := c.date("iat")
	switch {
	case err != nil:
		return refuse(ReasonTimes, "%v", err)
	case present && latest.Before(iat):
		return refuse(ReasonTimes, "the token was issued in the future, at %s", iat.UTC().Format(time.RFC3339))
	case present && !iat.Before(exp):
		return refuse(ReasonTimes, "the token expires before it was issued")
	}
	return nil
}
