// Package document turns the text of an operation into a parsed document that
// passed the limits and the validation, and keeps it for the next operation
// with the same text. It has the steps from what was sent to what can run:
// Parse, Limit, Validate, Choose and Coerce.
//
// It executes nothing and knows no transport.
package document
