// Package tenancy proves who may do what, on the whole fleet: every RPC and every
// REST route as every kind of caller, and every table of every schema with the
// services' own database roles.
//
// What is called comes out of the descriptors, the OpenAPI document and the
// database's catalog, so that a new RPC, route or table is covered by itself, or
// fails here until the tests are taught how to ask for it.
package tenancy
