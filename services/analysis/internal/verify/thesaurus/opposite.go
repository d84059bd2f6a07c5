package thesaurus

// opposites are pairs of lists of English words. A word of one list where a claim
// has a word of the other says the contrary.
const opposites = `
increase rise grow raise elevate enhance gain climb expand / decrease decline reduce lower fall drop diminish shrink lessen
higher more greater larger longer / lower fewer less smaller shorter
improve better ameliorate / worsen deteriorate aggravate worse impair
promote stimulate activate induce facilitate enhance upregulate / inhibit suppress block prevent hinder repress downregulate impair
cause / prevent protect
allow permit legal / forbid ban prohibit illegal
accept approve support agree favor / reject refuse deny oppose disagree
include / exclude
win victory / lose defeat
before prior earlier / after later
early / late
begin start open / end finish close stop
birth born / death die dead
increase / constant unchanged stable
present presence / absent absence lack
positive / negative
high / low
strong / weak
good best / bad worst
success succeed / fail failure
possible able capable / impossible unable incapable
safe harmless / dangerous harmful unsafe toxic
effective / ineffective
common frequent / rare uncommon infrequent
many most majority / few minority
all / none
always / never
male man men boy / female woman women girl
husband / wife
father son brother / mother daughter sister
major large big huge / minor small little tiny
old / new young
rich / poor
fast / slow
hot warm / cold cool
north northern / south southern
east eastern / west western
buy / sell
enter join / leave quit
love / hate
alive living / dead deceased
public / private
dominant / recessive
benign / malignant
acute / chronic
necessary essential required / unnecessary optional
independent / dependent
sensitive susceptible / resistant insensitive
fiction fictional / nonfiction true real
married / single unmarried divorced
`
