package extractive

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// unspacedScripts are written without spaces (or, Korean, cut as if they were), so that
// their words are overlapping groups of characters.
var unspacedScripts = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// isUnspaced reports whether a word begins with a character of an unspaced script.
func isUnspaced(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r > 0x0E00 && unicode.In(r, unspacedScripts...)
}

// silenceChinese marks the pairs of characters that touch a function word: between
// 中国的中产 stands the pair 国的, which is no word of anything. What is left between
// two function words is a run of content. Japanese endings are kana, and kana say little.
func silenceChinese(text string, words []word, phrases map[string]bool) {
	covered := cover(text, phrases)
	for i, w := range words {
		if w.stop || !isUnspaced(w.text) {
			continue
		}
		kana := strings.IndexFunc(w.text, func(r rune) bool { return unicode.Is(unicode.Hiragana, r) }) >= 0
		words[i].stop = kana || overlaps(covered, span{w.start, w.end})
	}
}

// longestFunction is the length of the longest function word, in characters.
const longestFunction = 4

// cover finds the function words of a text, the longest first, in order.
func cover(text string, phrases map[string]bool) []span {
	var covered []span
	for at := 0; at < len(text); {
		_, size := utf8.DecodeRuneInString(text[at:])
		if size < 3 { // no such script
			at += size
			continue
		}
		end, function := at+size, false
		for cut, n := at, 0; n < longestFunction && cut < len(text); n++ {
			_, width := utf8.DecodeRuneInString(text[cut:])
			cut += width
			if is := phrases[text[at:cut]]; is || contentChinese[text[at:cut]] {
				end, function = cut, is
			}
		}
		if function {
			covered = append(covered, span{at, end})
		}
		at = end
	}
	return covered
}

// overlaps reports whether s touches one of the spans, which are in order.
func overlaps(spans []span, s span) bool {
	low, high := 0, len(spans)
	for low < high { // the first span that ends after s begins
		if mid := (low + high) / 2; spans[mid].end <= s.start {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low < len(spans) && spans[low].start < s.end
}

// functionChinese are words of Chinese that say nothing about a subject. Characters that
// are often part of another word, such as 会 and 能, are not among them.
var functionChinese = wordSet(`的 了 与 及 和 或 是 这 那 吗 呢 吧 你 我 他 她 它 们 着 被 把 也 都 并 在 为 于 以 从 则 却 且
	以及 通过 对于 关于 由于 因此 所以 但是 然而 如果 其中 进行 具有 可以 能够 需要 已经 正在 不仅 而且 同时 此外 包括 例如 比如
	等等 一个 一种 一些 这些 那些 这种 其他 之间 以上 以下 之后 之前 成为 作为 根据 按照 有关 相关 主要 非常 更加 以来 方面
	存在 现在 为了 因为 对象 来说 而言 之一 各种 各个 不同`)

// contentChinese are words in which a character that is else a function word is not.
var contentChinese = wordSet(`参与 参与度 普及 涉及 埃及 和平 和谐 温和 饱和 共和 目的 行为 人为 标的 在线 存在 都市 首都 成都 并购 合并 从业 从事 着力 把握
	原则 规则 法则 冷却 了解 他汀 其他 于都 以色列 为主 认为 因为 给与 与会 总和 中和 缓和 调和 或许 是非 附着 沉着 并网 并发 终于 关于 属于 位于 基于`)

// furnitureChinese are words of Chinese questions that say how to answer, not about
// what.
var furnitureChinese = wordSet(`请 请问 请你 请为我 为我 帮我 给我 帮忙 能否 收集 整理 调研 研究 分析 总结 概述 介绍 说明 解释 描述 比较
	对比 评估 列举 列出 提供 给出 告诉 一份 报告 详细 详尽 特别 目前 当前 现在 如今 如何 怎么 怎样 哪些 哪个 哪种 哪一个 什么 为何
	为什么 是否 多少 多大 几个 有没有 有哪些 是什么 可能 最有 横向 维度 资料 情况 问题 得出 以便 考虑 结合 基于 角度 希望 想要
	想 了解 探讨 要求 必须 未来 应该 最后 此外 同时 实际 以及 具体 方面 考察 预测 至今 近年 近年来 最好 做 好 最近 最新 上述 整合 学习 一下 我们 你们`)

// wordSet makes a lookup table out of words separated by white space.
func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// standsAlone reports whether a run of characters is a word or several, not a piece of
// one: it is met often enough, and before and after now this stands, now that (branching
// entropy, after Harris, "From phoneme to morpheme", Language 31, 1955).
func (p *pool) standsAlone(run string) bool {
	before, after := map[rune]int{}, map[rune]int{}
	times := 0
	for _, text := range p.texts {
		for at := 0; ; {
			n := strings.Index(text[at:], run)
			if n < 0 {
				break
			}
			last, _ := utf8.DecodeLastRuneInString(text[:at+n])
			at += n + len(run)
			next, _ := utf8.DecodeRuneInString(text[at:])
			times++
			branch(before, last)
			branch(after, next)
		}
	}
	return times >= minTimes && most(before)*4 <= times*3 && most(after)*4 <= times*3
}

// minTimes is how often a run is met that is a word.
const minTimes = 3

// branch counts a neighbour; what is no letter parts words, and is another one each time.
func branch(counts map[rune]int, r rune) {
	if unicode.IsLetter(r) {
		counts[r]++
	}
}

// most returns the highest count.
func most(counts map[rune]int) int {
	top := 0
	for _, n := range counts {
		top = max(top, n)
	}
	return top
}
