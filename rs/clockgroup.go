package rs

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"
)

// clockWays entries, with what is noted of them, fill one line of a processor's cache: 64 bytes.
const clockWays = 7

// clockGroup is a few entries of a [clockCache], in no order. It is read without a lock, and changed by one at a time.
//
// An entry is replaced by another and never changed, so that whoever found it has it whole, with the key that it was found by. It is
// noted in marks after it was stored, and no longer noted before it goes: what is noted and gone is looked at in vain.
type clockGroup struct {
	// marks has for each entry, from the lowest byte on, a byte that tells most other keys apart, 0 for none. The bits of the
	// highest byte say which were used since the hand last came by.
	marks atomic.Uint64
	ways  [clockWays]atomic.Pointer[Introspection]
}

const (
	eachMark = 0x0001_0101_0101_0101
	markTop  = 0x80 * eachMark
	usedBits = 8 * clockWays
)

// mark is of a byte that does not tell the pair, and never 0.
func mark(key *lruKey) uint64 { return uint64(key[len(key)-1] | 0x80) }

// find is the entry with this key and its way; nil if there is none. All marks are compared at once: a byte that is 0 in the
// difference lends its top bit to what is subtracted, and so may the one above, of which the key then tells.
func (g *clockGroup) find(key *lruKey) (in *Introspection, way int) {
	differ := g.marks.Load() ^ mark(key)*eachMark
	for equal := (differ - eachMark) &^ differ & markTop; equal != 0; equal &= equal - 1 {
		way = bits.TrailingZeros64(equal) / 8
		if in = g.ways[way].Load(); in != nil && in.key == *key {
			return in, way
		}
	}
	return nil, 0
}

// use notes that an entry was used, if that is not known: most calls only read.
func (g *clockGroup) use(way int) {
	if bit := usedBit(way); g.marks.Load()&bit == 0 {
		g.marks.Or(bit)
	}
}

func usedBit(way int) uint64 { return 1 << (usedBits + way) }

// free is a way without an entry.
func (g *clockGroup) free() (way int, found bool) {
	for way := range g.ways {
		if g.ways[way].Load() == nil {
			return way, true
		}
	}
	return 0, false
}

// need is how much an entry is needed.
type need int

const (
	past   need = iota // its time is over
	unused             // since the hand last came by
	used
	absent // there is no entry
)

// leastNeeded is the way of the entry that is needed least.
func (g *clockGroup) leastNeeded(now int64) (way int, least need) {
	marks, least := g.marks.Load(), absent
	for i := range g.ways {
		if need := needOf(g.ways[i].Load(), marks&usedBit(i) != 0, now); need < least {
			way, least = i, need
		}
	}
	return way, least
}

func needOf(in *Introspection, wasUsed bool, now int64) need {
	switch {
	case in == nil:
		return absent
	case now >= in.expires:
		return past
	case wasUsed:
		return used
	}
	return unused
}

func (g *clockGroup) forgetUse() { g.marks.And(1<<usedBits - 1) }

func (g *clockGroup) set(way int, in *Introspection) {
	g.ways[way].Store(in)
	g.marks.Or(mark(&in.key) << (8 * way))
}

func (g *clockGroup) clear(way int) {
	g.marks.And(^(0xff<<(8*way) | usedBit(way)))
	g.ways[way].Store(nil)
}

// place is the part of a key that tells the pair.
func (k *lruKey) place() uint64 { return binary.BigEndian.Uint64(k[:]) }
