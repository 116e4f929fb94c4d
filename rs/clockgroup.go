package rs

import (
	"math/bits"
	"sync/atomic"
)

// A clockGroup fills one line of a processor's cache, 64 bytes, with twelve ways for entries, six for each word of marks.
const (
	wordWays  = 6
	clockWays = 2 * wordWays
)

// clockGroup says in which slots of a [clockCache] the entries are whose keys begin alike. It is read without a lock, and
// changed by one at a time. What it says may be out of date by then: whoever looks into a slot compares the key.
type clockGroup struct {
	// marks has a byte for each way, from the lowest on, that tells most other keys apart, and is 0 if there is no entry.
	// The bits of byte 6 say which entries were used since the hand last came by.
	marks [2]atomic.Uint64
	slots [clockWays]atomic.Uint32
}

const (
	eachMark = 0x0000_0101_0101_0101
	markTop  = 0x80 * eachMark
	usedBits = 8 * wordWays
)

// markOf is made of a byte that does not tell the group, and is never 0.
func markOf(key *lruKey) uint64 { return uint64(key[len(key)-1] | 0x80) }

// find is the entry with this key and its way; nil if there is none. The marks of a word are compared at once: a byte that
// is 0 in the difference lends its top bit to what is subtracted. So may the one above it, of which the key then tells.
func (g *clockGroup) find(key *lruKey, slots []clockSlot) (in *Introspection, way int) {
	mark := markOf(key) * eachMark
	for word := range g.marks {
		differ := g.marks[word].Load() ^ mark
		for like := (differ - eachMark) &^ differ & markTop; like != 0; like &= like - 1 {
			way = word*wordWays + bits.TrailingZeros64(like)/8
			if in = slots[g.slots[way].Load()].Load(); in != nil && in.key == *key {
				return in, way
			}
		}
	}
	return nil, 0
}

// at is where the mark and the use of a way are noted.
func (g *clockGroup) at(way int) (word *atomic.Uint64, mark int, used uint64) {
	i := way % wordWays
	return &g.marks[way/wordWays], 8 * i, 1 << (usedBits + i)
}

// use notes that an entry was used, if that is not known: most calls only read.
func (g *clockGroup) use(way int) {
	if word, _, used := g.at(way); word.Load()&used == 0 {
		word.Or(used)
	}
}

func (g *clockGroup) isFree(way int) bool {
	word, mark, _ := g.at(way)
	return word.Load()>>mark&0xff == 0
}

// free is a way without an entry.
func (g *clockGroup) free() (way int, found bool) {
	for way := range clockWays {
		if g.isFree(way) {
			return way, true
		}
	}
	return 0, false
}

// set: the slot has its entry already.
func (g *clockGroup) set(way int, key *lruKey, slot uint32) {
	g.slots[way].Store(slot)
	word, mark, _ := g.at(way)
	word.Or(markOf(key) << mark)
}

// clear frees a way and says which slot it had.
func (g *clockGroup) clear(way int) (slot uint32) {
	word, mark, used := g.at(way)
	word.And(^(0xff<<mark | used))
	return g.slots[way].Load()
}

// need is how much an entry is needed.
type need int

const (
	past   need = iota // its time is over
	unused             // since the hand last came by
	used
	absent // there is no entry
)

// leastNeeded is the way of the entry that is needed least. Beyond that, all use is forgotten.
func (g *clockGroup) leastNeeded(slots []clockSlot, now int64) (way int, least need) {
	least = absent
	for i := range clockWays {
		if need := g.need(i, slots, now); need < least {
			way, least = i, need
		}
	}
	for word := range g.marks {
		g.marks[word].And(1<<usedBits - 1)
	}
	return way, least
}

func (g *clockGroup) need(way int, slots []clockSlot, now int64) need {
	word, _, wasUsed := g.at(way)
	switch {
	case g.isFree(way):
		return absent
	case now >= slots[g.slots[way].Load()].Load().expires:
		return past
	case word.Load()&wasUsed != 0:
		return used
	}
	return unused
}
