package e2e

import "strings"

// password is that of every user whom signUp makes.
const password = "correct horse battery staple"

// operations are all operations of the OpenAPI document, by method and path.
var operations = map[string]operation{
	"GET /.well-known/jwks.json": {path: "/.well-known/jwks.json"},

	"POST /api/v1/auth/register": {
		path: "/api/v1/auth/register", body: `{"email":"{email}","password":"` + password + `","displayName":"New"}`,
		badBody: `{"email":"me","password":"` + password + `","displayName":"New"}`, field: "email",
	},
	"POST /api/v1/auth/login":   {path: "/api/v1/auth/login", body: `{"email":"{login-email}","password":"` + password + `"}`},
	"POST /api/v1/auth/refresh": {path: "/api/v1/auth/refresh", body: `{"refreshToken":"{refresh-token}"}`},
	"POST /api/v1/auth/logout":  {path: "/api/v1/auth/logout", body: `{}`, alone: true},
	"GET /api/v1/auth/me":       {path: "/api/v1/auth/me"},
	"POST /api/v1/auth/password": {
		path: "/api/v1/auth/password", body: `{"currentPassword":"` + password + `","newPassword":"another {word} staple"}`, alone: true,
		badBody: `{"currentPassword":"` + password + `","newPassword":"short"}`, field: "newPassword",
	},
	// The fleet of this suite knows no provider; services/auth has one in its tests.
	"POST /api/v1/auth/oidc:start":  {path: "/api/v1/auth/oidc:start", body: `{}`, status: 400},
	"POST /api/v1/auth/oidc:finish": {path: "/api/v1/auth/oidc:finish", body: `{"transaction":"x","code":"x","state":"x"}`, status: 400},

	"GET /api/v1/api-keys": {path: "/api/v1/api-keys?pageSize=2"},
	"POST /api/v1/api-keys": {
		path: "/api/v1/api-keys", body: `{"displayName":"CI","scopes":["DOCUMENTS_READ"]}`,
		badBody: `{"displayName":"CI","scopes":["EVERYTHING"]}`, field: "scopes[0]",
	},
	"DELETE /api/v1/api-keys/{id}":    {path: "/api/v1/api-keys/{new-key}"},
	"GET /api/v1/credentials":         {path: "/api/v1/credentials"},
	"POST /api/v1/credentials":        {path: "/api/v1/credentials", body: `{"provider":"brave","secret":"{word}"}`},
	"DELETE /api/v1/credentials/{id}": {path: "/api/v1/credentials/{new-credential}"},
	"GET /api/v1/audit-events":        {path: "/api/v1/audit-events?pageSize=5", alone: true, badPath: "/api/v1/audit-events?startTime=yesterday", field: "startTime"},

	"GET /api/v1/workspaces":             {path: "/api/v1/workspaces"},
	"POST /api/v1/workspaces":            {path: "/api/v1/workspaces", body: `{"displayName":"Another"}`},
	"GET /api/v1/workspaces/{id}":        {path: "/api/v1/workspaces/{workspace}"},
	"DELETE /api/v1/workspaces/{id}":     {path: "/api/v1/workspaces/{new-workspace}"},
	"PATCH /api/v1/workspaces/{id}":      {path: "/api/v1/workspaces/{new-workspace}", body: `{"displayName":"Renamed"}`},
	"POST /api/v1/workspaces/{id}:leave": {path: "/api/v1/workspaces/{joined-workspace}:leave", body: `{}`},
	"POST /api/v1/workspaces/{id}:transferOwnership": {
		path: "/api/v1/workspaces/{team}:transferOwnership", body: `{"userId":"{team-member}"}`,
		badBody: `{"userId":"nobody"}`, field: "userId",
	},
	"GET /api/v1/workspaces/{workspace_id}/settings": {path: "/api/v1/workspaces/{workspace}/settings"},
	"PATCH /api/v1/workspaces/{workspace_id}/settings": {
		path: "/api/v1/workspaces/{new-workspace}/settings", body: `{"egressAllowList":["example.org"]}`,
	},
	"GET /api/v1/workspaces/{workspace_id}/members": {path: "/api/v1/workspaces/{workspace}/members"},
	"POST /api/v1/workspaces/{workspace_id}/members": {
		path: "/api/v1/workspaces/{workspace}/members", body: `{"email":"{email}","role":"VIEWER"}`,
		badBody: `{"email":"{email}","role":"KING"}`, field: "role",
	},
	"PATCH /api/v1/workspaces/{workspace_id}/members/{user_id}":  {path: "/api/v1/workspaces/{workspace}/members/{member}", body: `{"role":"RESEARCHER"}`},
	"DELETE /api/v1/workspaces/{workspace_id}/members/{user_id}": {path: "/api/v1/workspaces/{workspace}/members/{new-member}"},
	"GET /api/v1/workspaces/{workspace_id}/invitations":          {path: "/api/v1/workspaces/{workspace}/invitations"},
	"DELETE /api/v1/workspaces/{workspace_id}/invitations/{id}":  {path: "/api/v1/workspaces/{workspace}/invitations/{new-invitation}"},
	"POST /api/v1/invitations:accept":                            {path: "/api/v1/invitations:accept", body: `{"token":"{invitation-of-owner}"}`},

	"GET /api/v1/documents": {path: "/api/v1/documents?pageSize=2", badPath: "/api/v1/documents?pageToken=nope", field: "pageToken"},
	"POST /api/v1/documents": {
		path: "/api/v1/documents", body: `{"title":"A note","text":"It says {word}."}`, badBody: `{"title":"A note"}`,
	},
	"GET /api/v1/documents/{id}":          {path: "/api/v1/documents/{document}"},
	"PATCH /api/v1/documents/{id}":        {path: "/api/v1/documents/{new-document}", body: `{"title":"Renamed"}`},
	"DELETE /api/v1/documents/{id}":       {path: "/api/v1/documents/{new-document}"},
	"GET /api/v1/documents/{id}/content":  {path: "/api/v1/documents/{document}/content?raw=true"},
	"POST /api/v1/documents/{id}:reindex": {path: "/api/v1/documents/{new-document}:reindex", body: `{}`},
	"POST /api/v1/documents:reindex":      {path: "/api/v1/documents:reindex", body: `{"collection":"none"}`},
	"GET /api/v1/documents:search":        {path: "/api/v1/documents:search?query=heat+pump", badPath: "/api/v1/documents:search", field: "query"},
	"GET /api/v1/collections":             {path: "/api/v1/collections"},

	"GET /api/v1/research": {path: "/api/v1/research"},
	"POST /api/v1/research": {
		path: "/api/v1/research", body: `{"query":"How does a heat pump work?"}`,
		badBody: `{"query":"How?","parameters":{"maxSources":-1}}`, field: "parameters.maxSources",
	},
	"GET /api/v1/research/{id}":                   {path: "/api/v1/research/{research}"},
	"DELETE /api/v1/research/{id}":                {path: "/api/v1/research/{new-research}"},
	"POST /api/v1/research/{id}:cancel":           {path: "/api/v1/research/{new-research}:cancel", body: `{}`},
	"POST /api/v1/research/{id}:extend":           {path: "/api/v1/research/{new-research}:extend", body: `{"queries":["heat pump"]}`},
	"GET /api/v1/research/{research_id}/evidence": {path: "/api/v1/research/{research}/evidence?pageSize=3"},
	"GET /api/v1/research/{research_id}/sources":  {path: "/api/v1/research/{research}/sources"},
	"GET /api/v1/sources/{id}/content":            {path: "/api/v1/sources/{source}/content"},
	"POST /api/v1/sources/{id}:recheck":           {path: "/api/v1/sources/{source}:recheck", body: `{}`},
	"GET /api/v1/connectors":                      {path: "/api/v1/connectors"},

	"GET /api/v1/analysis": {path: "/api/v1/analysis?pageSize=2", badPath: "/api/v1/analysis?pageSize=all", field: "pageSize"},
	"POST /api/v1/analysis/start": {
		path: "/api/v1/analysis/start", body: `{"question":"How does a heat pump work?","dryRun":true}`,
		badBody: `{"question":"Why?","budget":{"maxTokens":"many"}}`, field: "budget.maxTokens",
	},
	"GET /api/v1/analysis/{id}":                               {path: "/api/v1/analysis/{analysis}"},
	"DELETE /api/v1/analysis/{id}":                            {path: "/api/v1/analysis/{cancelled-analysis}"},
	"POST /api/v1/analysis/{id}:approve":                      {path: "/api/v1/analysis/{waiting-analysis}:approve", body: `{}`},
	"POST /api/v1/analysis/{id}:cancel":                       {path: "/api/v1/analysis/{waiting-analysis}:cancel", body: `{}`},
	"POST /api/v1/analysis/{id}:retry":                        {path: "/api/v1/analysis/{cancelled-analysis}:retry", body: `{}`},
	"POST /api/v1/analysis/{id}:rerun":                        {path: "/api/v1/analysis/{analysis}:rerun", body: `{}`},
	"POST /api/v1/analysis/{id}:reverify":                     {path: "/api/v1/analysis/{analysis}:reverify", body: `{}`},
	"GET /api/v1/analysis/{id}/changes":                       {path: "/api/v1/analysis/{analysis}/changes?baseId={analysis}"},
	"GET /api/v1/analysis/{analysis_id}/calls":                {path: "/api/v1/analysis/{analysis}/calls"},
	"GET /api/v1/analysis/{analysis_id}/events":               {path: "/api/v1/analysis/{analysis}/events?pageSize=5"},
	"GET /api/v1/analysis/{analysis_id}/findings":             {path: "/api/v1/analysis/{analysis}/findings"},
	"GET /api/v1/analysis/{analysis_id}/reverifications":      {path: "/api/v1/analysis/{analysis}/reverifications"},
	"GET /api/v1/analysis/{analysis_id}/reverifications/{id}": {path: "/api/v1/analysis/{analysis}/reverifications/{reverification}"},
	"GET /api/v1/analysis/{analysis_id}/messages":             {path: "/api/v1/analysis/{analysis}/messages"},
	"DELETE /api/v1/analysis/{analysis_id}/messages":          {path: "/api/v1/analysis/{analysis}/messages"},
	"POST /api/v1/analysis/{analysis_id}:ask":                 {path: "/api/v1/analysis/{analysis}:ask", body: `{"text":"What does a heat pump do in cold weather?"}`},
	"POST /api/v1/texts:analyze":                              {path: "/api/v1/texts:analyze", body: `{"text":"A heat pump moves heat. It is efficient."}`},
	"POST /api/v1/claims:check": {
		path: "/api/v1/claims:check", body: `{"checks":[{"claim":"It is old.","text":"The bridge was opened in 1890."}]}`,
		badBody: `{"checks":[]}`, field: "checks",
	},
	"GET /api/v1/usage": {path: "/api/v1/usage?groupBy=DAY", badPath: "/api/v1/usage?groupBy=MOON", field: "groupBy"},

	"GET /api/v1/reports": {path: "/api/v1/reports"},
	"POST /api/v1/reports": {
		path: "/api/v1/reports", body: `{"analysisId":"{analysis}","templateId":"brief"}`,
		badBody: `{"analysisId":"first"}`, field: "analysisId",
	},
	"GET /api/v1/reports/{id}":                       {path: "/api/v1/reports/{report}"},
	"DELETE /api/v1/reports/{id}":                    {path: "/api/v1/reports/{new-report}"},
	"GET /api/v1/reports/{id}/document":              {path: "/api/v1/reports/{report}/document"},
	"GET /api/v1/reports/{id}/export":                {path: "/api/v1/reports/{report}/export?format=md", badPath: "/api/v1/reports/{report}/export?format=poem", field: "format"},
	"GET /api/v1/reports/{id}:compare":               {path: "/api/v1/reports/{report}:compare?version=1&otherVersion=1"},
	"POST /api/v1/reports/{id}:generate":             {path: "/api/v1/reports/{new-report}:generate", body: `{"templateId":"brief"}`},
	"GET /api/v1/reports/{report_id}/shares":         {path: "/api/v1/reports/{report}/shares"},
	"POST /api/v1/reports/{report_id}/shares":        {path: "/api/v1/reports/{report}/shares", body: `{}`},
	"DELETE /api/v1/reports/{report_id}/shares/{id}": {path: "/api/v1/reports/{report}/shares/{new-share}"},
	"GET /api/v1/shared/{token}":                     {path: "/api/v1/shared/{share-token}", badPath: "/api/v1/shared/{share-token}?format=poem", field: "format"},
	"GET /api/v1/templates":                          {path: "/api/v1/templates"},
	"POST /api/v1/templates": {
		path: "/api/v1/templates", body: `{"title":"Mine","source":"# {{ title }}\n"}`,
		badBody: `{"title":"Mine","source":"# {{ nothing }}\n"}`, field: "template.source",
	},
	"GET /api/v1/templates/{id}":          {path: "/api/v1/templates/{template}"},
	"PATCH /api/v1/templates/{id}":        {path: "/api/v1/templates/{new-template}", body: `{"title":"Renamed"}`},
	"DELETE /api/v1/templates/{id}":       {path: "/api/v1/templates/{new-template}"},
	"POST /api/v1/templates/{id}:preview": {path: "/api/v1/templates/{template}:preview", body: `{"analysisId":"{analysis}"}`},

	"GET /api/v1/ws/{clientId}": {
		path: "/api/v1/ws/browser", status: 101, foreign: 101,
		header:  []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
		badPath: "/api/v1/ws/" + strings.Repeat("x", 129), field: "clientId",
	},
}
