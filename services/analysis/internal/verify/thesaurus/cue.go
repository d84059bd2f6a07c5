package thesaurus

// aims are words of English sentences that say what a study set out to do, not what
// it found.
const aims = `
objective objectives aim aims aimed background investigated investigate determine assess evaluate randomly
randomised randomized examined examine purpose methods hypothesis hypothesized recruited enrolled sought
`

// results are words of English sentences that say what a study found.
const results = `
significant significantly increase increased decrease decreased reduce reduced higher lower associated association
compared fewer greater improved conclude conclusion conclusions suggest suggests findings show showed demonstrate
demonstrated found indicate indicated reveal revealed confirmed
`
