package lexical

// rareStopWords holds shorter lists: the commonest function words of the languages
// that are stemmed lightly or not at all. They tell languages in Latin letters apart,
// and keep common words out of the index.
func rareStopWords() map[string]map[string]bool {
	return map[string]map[string]bool{
		"pl": wordSet(`a aby ale bardzo bez być był była było były co czy dla do gdy gdzie go i ich ile inne ja jak jako je jego jej
		jest jeszcze jeśli już każdy kiedy kto która które którego której który którzy lub ma mają między może można na
		nad nie niej nim o od on ona one oni oraz po pod przed przez przy są się tak także tam te tego tej ten też to tych
		tylko tym u w we wszystkie z za ze został została że`),
		"cs": wordSet(`a aby ale ani až bez bude budou by byl byla bylo byly být co což další do ho i jak jako je jeho jejich jen
		jenž ještě ji jiné jsem jsme jsou k kde kdo kdy když která které kterého který kteří ke má mezi mohou může na nad
		ne nebo není než o od po pod podle pro proč proti před při s se si stejně své svou tak také tam ten tento to toho
		tom tomu tyto už v ve více však z za ze že`),
		"sk": wordSet(`a aby aj ako ale alebo ani až bez bol bola boli bolo byť čo do ho ich i je jeho jej k kde keď kto ktorá ktoré
		ktorý ktorí ku má medzi môže na nad nie o od po pod podľa pre pred pri s sa sú svoj tak tiež to tom v vo však viac z
		za zo že`),
		"hr": wordSet(`a ali bi bila bili bilo bio će da do dok ga gdje i ih ili im iz je jedan jer još kada kako kao koja koje koji
		kojih kojim koju ne nego nije njegov njih o od on ona oni pa po pod prema pri s sa samo se što su sve svoj ta tako te
		to u uz više za zbog`),
		"sl": wordSet(`a ali bi bil bila bile bili bilo biti če da do en ga ga h in iz ja je jih k kaj kako kar ker kjer ki ko kot le med
		na nad ne ni o ob od on pa po pod pri s sam se so tako tem ter to tudi v več vendar z za zaradi že`),
		"id": wordSet(`ada adalah agar akan antara apa atau bagi bahwa beberapa bisa dalam dan dapat dari dengan di dia hal harus
		hingga ia ini itu jika juga kami karena ke kepada ketika lain lebih maka mereka namun oleh pada para saat saja
		sangat sebagai sebuah secara sejak seperti serta setelah suatu sudah tahun telah tentang terhadap tersebut tetapi
		tidak untuk yaitu yang`),
		"ca": wordSet(`a al als amb aquest aquesta aquests com d de del dels des dos el ella ells els en entre era és està estan fins
		ha han hi i jo l la les li llur més molt ni no o on per perquè però que què qui s sense ser seu seva si sobre són també
		un una unes uns va van`),
		"et": wordSet(`aga ainult ega ei et ja ka kes kui kuid kõik ma mis mitte nad need nende ning oli olid olla oma on pärast sama
		see seda selle siis ta tema või väga`),
		"lt": wordSet(`apie ar arba bei bet būti buvo dar dėl į ir iš iki jis ji jie jo jos jų kad kai kaip kas ką kur kuri kurie kuris
		nei nes nuo o pagal per po prie su ta tai taip tik to tuo už yra`),
		"lv": wordSet(`ar arī bet bija būt gan ir ja jau kā kad kas ko kur lai līdz ne nav no par pēc pie savu starp šī šis tā tas tie
		tika to tur un uz vai var viņa viņš`),
		"vi": wordSet(`bị các cái cho có của cũng đã đang để đến được gì hay hơn khi không là làm lại lên mà một này nên nếu người ở ra
		rằng rất sẽ sự tại thì theo trên trong từ và vào vẫn về vì việc với`),
		"el": wordSet(`αλλά αν από αυτά αυτές αυτή αυτό αυτοί αυτός για δεν είναι εκ ένα ένας ενός επί ή η ήταν θα και κατά με μέσα μετά
		μια μία μιας μπορεί να ο οι όλα όμως όπως όπου όσο ότι οποία οποίο οποίος ού παρά περί ποια ποιο ποιος πριν προς πως
		πώς σε στα στη στην στις στο στον στους τα τη την της τι τις το τον του τους των ως ώστε`),
		"uk": wordSet(`а або але б без був була були було бути в вже від він вона вони воно все всі де для до є же з за зі і із її їх
		й його коли ми можуть може на над не ні о один по під при про саме свої та так також тим то тому того цей це ці цього
		у уже через чи що щоб як яка яке які який якого якій яких я`),
		"bg": wordSet(`а ако беше бяха в ва ви във все да дали до е за защо и из или им има как какво каква какви когато кога който коя
		която което които към ли му на над не него нея но о обаче от още по под при са само се след си след със с става също
		тази така те тези това този той тя че ще`),
		"hi": wordSet(`अपना अपनी अपने अब आप इन इस इसका इसकी इसके इसे उन उनका उनकी उनके उस उसका उसकी उसके उसे एक और कर करता करते करना करने का
		कि किया किस किसी की कुछ के को कोई कौन क्या क्यों गई गए गया जब जा जाता जाती जाते जाने जिस जो तक तथा तब तो था थी थे दिया द्वारा
		नहीं ने पर भी में यदि यह यहाँ या ये रहा रही रहे लिए लेकिन वह वहाँ वाले वे सकता सकते साथ से हम ही हुआ हुई हुए है हैं हो होता
		होती होते होने`),
		"he": wordSet(`או אחר אחרי אך אל אלא אלה אם אני אף את אשר ב בין גם הוא היא היה היו היתה הם הן זאת זה זו יש כאשר כדי כי כל כמו כן
		לא לאחר לפני מה מי מן מעל נגד על עד עם רק של שלא שלו שלה שלהם שני תחת`),
		"fa": wordSet(`آن آنها از است اگر اما این با باید بر برای بود بودند به بی پس تا چه چرا چون چند خود در دو دیگر را روی شد شده شود
		کرد کرده کند که کجا ما من می نیز هر هم همه همین هیچ و یا یک`),
	}
}
