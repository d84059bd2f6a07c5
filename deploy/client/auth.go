package client

import (
	"context"
	"net/http"

	"google.golang.org/protobuf/proto"

	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// Register makes an account and signs the client in.
func (c *Client) Register(ctx context.Context, email, password, name string) (*authv1.Session, error) {
	return c.signIn(ctx, "/api/v1/auth/register", &authv1.RegisterRequest{Email: email, Password: password, DisplayName: name})
}

// Login signs the client in.
func (c *Client) Login(ctx context.Context, email, password string) (*authv1.Session, error) {
	return c.signIn(ctx, "/api/v1/auth/login", &authv1.LoginRequest{Email: email, Password: password})
}

func (c *Client) signIn(ctx context.Context, path string, req proto.Message) (*authv1.Session, error) {
	session := &authv1.Session{}
	if err := c.call(ctx, http.MethodPost, path, req, session); err != nil {
		return nil, err
	}
	c.token = session.GetAccessToken()
	return session, nil
}
