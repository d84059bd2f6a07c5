package oidc

import "time"

// SetTimeout bounds requests to the provider by less than life does.
func (c *Client) SetTimeout(d time.Duration) { c.http.Timeout = d }

// SetClock replaces the clock.
func (c *Client) SetClock(now func() time.Time) { c.now = now }
