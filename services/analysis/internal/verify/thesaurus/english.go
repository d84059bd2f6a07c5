package thesaurus

// fillers are words of English that carry hardly anything of what a sentence
// claims: they join sentences, announce what follows, or could be left out.
const fillers = `
however additionally furthermore moreover therefore thus hence overall ultimately consequently nevertheless
nonetheless meanwhile instead otherwise likewise similarly accordingly besides finally firstly secondly lastly
addition example instance e.g i.e etc fact note noted notably importantly interestingly essentially basically
generally typically usually often sometimes commonly normally frequently particularly especially specifically
actually really simply quite rather fairly somewhat likely possibly perhaps maybe potentially certainly clearly
may might can could would should must will shall able unable
including include includes included like such according based due related regarding concerning involving
various several many much lots number variety range different specific certain particular
one ones other others another thing things way ways something someone anything everyone
also even still yet just well indeed already ever soon later
make makes made making get gets got take takes took taken give gives given
important essential crucial vital key main
use uses used using utilize utilized
help helps helped helping
involve involves involved
become becomes became
known called considered seen referred described
good best better
order terms case cases part parts
today now currently recently
overview summary answer question
et al
`

// light are words that are in texts about anything, and so prove little.
const light = `
people person individual individuals man men woman women year years day days time times
world country countries area areas place places group groups system systems process processes
change changes level levels amount amounts type types form forms kind factor factors issue issues
problem problems reason reasons result results effect effects impact impacts role roles example
provide provides provided show shows showed shown find finds found know think believe say says said
see look want need needs needed require requires required allow allows allowed keep keeps kept
come comes came go goes went work works worked working start starts started begin began begun end ended
new old great large small big high low long short major minor general common significant similar
first last next early late possible available necessary necessarily effective popular unique
information data study studies research fact point points line term terms means mean meaning
increase increases increased decrease create creates created creating support supports supported
ensure ensures consider considering depend depends depending vary varies lead leads led leading
cause causes caused set sets play plays played call refer refers contain contains consist consists
affect affects follow following follows develop developed occur occurs happen happens
individual specific total full whole entire
life lot lives home name names called
two three four five
`

// irregular are forms of English words that no stemmer brings together, each line
// with the word first.
const irregular = `
be was were been being is are am
sing sang sung
begin began begun
write wrote written
take took taken
give gave given
go went gone
come came
become became
get got gotten
make made
say said
see saw seen
know knew known
think thought
bring brought
buy bought
teach taught
catch caught
seek sought
fight fought
find found
hold held
keep kept
leave left
lead led
lose lost
mean meant
meet met
pay paid
build built
send sent
spend spent
sell sold
tell told
feel felt
fall fell fallen
grow grew grown
draw drew drawn
fly flew flown
throw threw thrown
show shown
drive drove driven
rise rose risen
ride rode ridden
speak spoke spoken
steal stole stolen
break broke broken
choose chose chosen
wake woke woken
wear wore worn
win won
swim swam swum
drink drank drunk
run ran
shrink shrank shrunk
sink sank sunk
eat ate eaten
forget forgot forgotten
hide hid hidden
shake shook shaken
strike struck
stick stuck
understand understood
stand stood
sit sat
sleep slept
bear bore born borne
die died death dead
child children
man men
woman women
person people
foot feet
tooth teeth
mouse mice
life lives
wife wives
leaf leaves
half halves
analysis analyses
hypothesis hypotheses
diagnosis diagnoses
crisis crises
thesis theses
criterion criteria
phenomenon phenomena
bacterium bacteria
good better best
bad worse worst
`

// synonyms are groups of English words that are used for one another in what texts
// report. Words with a second common meaning are in more than one group, or in none.
const synonyms = `
increase rise grow growth higher raise elevate elevated up gain climb boost more greater expand surge
decrease decline reduce reduction lower fall drop fewer less diminish shrink lessen cut low
improve improvement enhance better ameliorate boost upgrade
worsen deteriorate aggravate exacerbate worse
cause lead result induce trigger produce provoke contribute
prevent avoid stop block inhibit hinder
inhibit suppress block reduce impair repress
activate stimulate induce promote enhance trigger
promote encourage foster facilitate support favor favour
show demonstrate reveal indicate suggest find report observe
prove confirm verify establish validate
important essential crucial vital key critical significant necessary fundamental
need require necessary must requirement demand
help assist aid support
use employ utilize apply usage
include contain comprise consist encompass
begin start commence launch initiate onset
end finish conclude terminate stop cease complete
create make build produce construct develop design
found establish founded create set
happen occur take arise
big large huge great major enormous vast massive substantial
small little tiny minor minimal
many numerous multiple several various
most majority mainly mostly predominantly primarily largely
few rare rarely seldom scarce uncommon
fast quick rapid swift quickly rapidly
slow slowly gradual gradually
buy purchase acquire
sell vend sold sale
get obtain receive acquire gain
give provide offer supply grant deliver
keep maintain retain preserve
protect safeguard defend shield protection
danger dangerous risk hazard hazardous harmful unsafe threat
harm damage injure hurt injury
safe secure safety security
death die mortality dead fatal fatality kill deceased killed lethal
birth born
disease illness disorder sickness condition
sick ill
doctor physician clinician
drug medication medicine pharmaceutical
treat treatment therapy therapeutic
patient patients subject
cancer tumor tumour carcinoma malignancy malignant
heart cardiac cardiovascular
kidney renal
liver hepatic
lung pulmonary
brain cerebral neural
blood serum plasma
child kid children pediatric paediatric infant
young youth juvenile
old elderly aged older
car automobile vehicle
film movie picture
song track single
sing perform singer vocalist
play portray star perform
actor actress performer star
role part character
author writer novelist
write author pen
release publish issue
win victory defeat beat
game match
team club squad side
company firm corporation business enterprise
job occupation employment work position career
worker employee staff
boss manager leader head chief
money fund funding capital cash
price cost expense fee charge
pay payment salary wage compensation
country nation state
city town municipality
law legislation act statute regulation rule
illegal unlawful prohibited banned
allow permit enable let authorize
forbid ban prohibit
war conflict battle
attack assault raid
army military troops
area region zone territory
place location site spot
house home residence dwelling
school academy college
student pupil learner
teach educate instruct education
learn study
study research investigation analysis trial
method technique approach procedure way
purpose aim goal objective intent
idea concept notion
problem issue difficulty challenge
solution remedy fix resolve
answer reply response respond
ask request inquire
say state claim argue assert declare announce report
believe think consider opinion view
choose select pick opt choice
change alter modify vary adjust shift
difference differ distinct different distinguish
same identical equal equivalent
similar alike comparable resemble
link relate associate connect correlate tie association relationship correlation
join unite merge combine
separate split divide apart
find discover detect identify locate
look appear seem
see view watch observe
know aware understand
remember recall
common usual typical frequent widespread prevalent
rich wealthy affluent
poor impoverished
hard difficult tough challenging
easy simple straightforward
hot warm heat
cold cool chilly
quick fast
error mistake fault
near close nearby adjacent proximity
far distant remote
begin origin originate derive stem
name call title term known refer
type kind sort form category variety
part component element portion section piece
whole entire complete full total
group set cluster team band
amount quantity level number volume
feature characteristic trait attribute property quality
effect impact influence consequence affect
reason cause factor
measure assess evaluate gauge estimate assessment evaluation
test examine check exam
predict forecast anticipate expect
plan strategy scheme
control regulate manage govern regulation
store storage keep save
eat consume consumption ingest diet
drink beverage
food meal nutrition
water aqueous
earth world globe global planet worldwide
sea ocean marine
fire burn combustion
speed velocity rate pace
weight mass
power energy strength
strong powerful robust
weak frail feeble
think mind
feel sense emotion
happy glad joyful
sad unhappy
fear afraid scared
love affection
friend companion
fight combat struggle
marry wed spouse wife husband marriage
mother mom maternal
father dad paternal
sibling brother sister
own possess have
move relocate transfer shift
travel journey trip
live reside inhabit resident
leave depart exit
enter join access
return back
send transmit
carry transport bear
hold contain
break fracture
fix repair
clean wash
cover coverage
open
close shut
begin first initial
last final
famous popular renowned well-known known
award prize honor honour
capable able ability capacity capability
lack absence deficiency missing absent
presence present exist
require depend rely
aid relief
relieve alleviate ease mitigate soothe
expert specialist professional
user customer consumer client
website site webpage
computer pc machine
program software application
phone telephone mobile
picture image photo photograph
goods product item
crop plant
physician doctor
gene genetic genomic
infect infection infectious contract
transmit spread transmission
vaccine vaccination immunization vaccinate
antibody immune immunity
`
