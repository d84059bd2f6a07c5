package report_test

import (
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/etagtest"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

func TestTemplate_ETag(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	id := b.template(t, short).GetId()
	var count atomic.Int64
	etagtest.Run(t, etagtest.Resource{
		Read: func() (string, error) {
			made, err := b.GetTemplate(ctx, &reportv1.GetTemplateRequest{Id: id})
			return made.GetEtag(), err
		},
		Update: func(etag string) (string, error) {
			title := "Short " + strconv.FormatInt(count.Add(1), 10)
			made, err := b.UpdateTemplate(ctx, &reportv1.UpdateTemplateRequest{Template: &reportv1.Template{Id: id, Title: title, Etag: etag}})
			return made.GetEtag(), err
		},
		Delete: func(etag string) error {
			_, err := b.DeleteTemplate(ctx, &reportv1.DeleteTemplateRequest{Id: id, Etag: etag})
			return err
		},
	})
}

func TestTemplate_WhatNeverChangesHasNoETag(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	builtIn, err := b.GetTemplate(ctx, &reportv1.GetTemplateRequest{Id: "brief"})
	require.NoError(t, err)
	require.Empty(t, builtIn.GetEtag())
	former, err := b.GetTemplate(ctx, &reportv1.GetTemplateRequest{Id: b.template(t, short).GetId(), Version: 1})
	require.NoError(t, err)
	require.Empty(t, former.GetEtag())
}
