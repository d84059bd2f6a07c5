package lexical

// moreStopWords holds the lists of the languages that are not written in Latin
// letters or are met less often.
func moreStopWords() map[string]map[string]bool {
	return map[string]map[string]bool{
		"da": wordSet(`af alle alt anden at blev blive bliver da de dem den denne der deres det dette dig din disse dog du
		efter ej eller en end er et for fra få får ham han hans har havde have hende her hos hun hvad hvem hvis
		hvor hvordan i ikke ind jeg jo kan kunne man mange med meget mellem men mere mig min mod må ned nu når og
		også om op os over på se selv sig sin skal skulle som sådan thi til ud under var vi vil ville være været`),
		"no": wordSet(`alle at av ble blei bli blir bare da de dem den denne der deres det dette di din disse du då en ei
		eller en er et ett etter for fordi fra før få ha hadde han hans har hennes her hun hva hvem hver hvilken
		hvis hvor hvordan i ikke inn ja jeg kan kom kunne man mange med meg mellom men mer mot må ned noe noen nå
		når og også om opp oss over på samme seg selv si sin sitt skal skulle som så til ut under var ved vi vil
		ville vår være vært`),
		"fi": wordSet(`ei eivät että en et he hän häntä ilman itse ja jo joka joiden joissa joka jos jossa jota jotka
		jotta kanssa kaikki koska kuin kuinka kun kuten me mikä minä missä mitä mukaan mutta myös myöhemmin ne
		niin nyt nämä ole oli olivat olla ollut on ovat se sekä sen siitä siinä sitä tai tämä tämän tässä vain
		vaikka voi voidaan`),
		"hu": wordSet(`a abban ahol ahogy akkor amely amelyek ami an az azt azok azonban be csak de e egy egyik el ez
		ezek ezt és fel ha hanem hogy hogyan hozzá illetve is itt ki kell köz között le legyen lehet lenni lesz
		ma majd már még meg mely mert mi mint most nagyon ne nem nincs ő ők s se sem sok szerint után úgy vagy
		van vannak volt voltak`),
		"ro": wordSet(`a acea această aceasta acest aceste acestea acestei acestui ai al ale am ar are au că ca când care
		ce cel cele cei cu cum cât dar după de despre deci din dintre doar ea ei el ele era este eu există fi
		fără fie fost iar în între la le lor lui mai mult ne nici noi nu o ori pe pentru prin sa sau se sunt
		spre său și ta te toate tot un una unde unei unor unui va voi vor`),
		"tr": wordSet(`acaba ama ancak aslında az bana bazı ben beni benim bir biri birkaç bu buna bunda bundan bunlar
		bunu bunun çok çünkü da daha de defa diye en gibi hem hep hepsi her hiç için ile ise kadar ki kim mı mi
		mu mü nasıl ne neden nerede niçin o olan olarak olduğu oldu onlar onu onun sanki siz sonra şey şu tüm
		var ve veya ya yani yok`),
		"ru": wordSet(`а без более больше будет будто бы был была были было быть в вам вас весь во вот все всего всех вы
		где да даже для до его ее её если есть еще ещё же за здесь и из или им их к как какая какие какой когда
		кого которая которого которой которые который которых кто ли лишь между меня мне много может можно мой мы
		на над надо наш не него нее неё нет ни них но ну о об один он она они оно от перед по под после потому
		почти при про раз с сам свою своей свой своих себе себя сейчас со совсем так также такая такие такой там
		тебя тем теперь то тогда того тоже только том тот тут ты у уже хотя чего чем через что чтобы чьи эта эти
		этим этих это этого этой этом этот я`),
		"ar": wordSet(`أ أن أو أي أين إلا إلى إن أنه أنها إذا إذ التي الذي الذين اللذين الى ان او أما أيضا بعد بعض بل بين به
		بها تلك ثم تم حتى حول حيث خلال دون ذلك سوف على عن عند عندما غير فإن فقط في فيه فيها قبل قد كان كانت كل كم
		كما كيف لا لقد لكن لم لماذا لن له لها لهم ليس ما ماذا مع من منذ منه منها متى نحو هذا هذه هل هم هنا هناك هو
		هي و وقد وكان ولا ولم وهو وهي يكون يمكن`),
	}
}
