package rs

import "unsafe"

// block is an [Introspection]'s knowledge of the text that follows it in memory: the response as received, then what had to be decoded.
type block struct {
	self        uintptr // the address of the whole: a copy has another, and no text
	responseEnd uint32
	textEnd     uint32
}

// newIntrospection puts facts and their text into one allocation, in which the garbage collector has nothing to look for. With a million
// cached tokens a full collection takes 0.14 s of CPU instead of 0.25 s with a struct and a string, and 0.8 s with a struct of
// strings (see docs/adr/0017-one-block-a-token.md).
//
// It is the one place with unsafe, and this is why it is safe: the memory is a multiple of 8 bytes, so it is aligned for
// an Introspection; it is long enough for one and the text; its one pointer, read, is never set here; and Go moves no
// objects of the heap. The strings that text gives keep the whole block alive.
func newIntrospection(f facts, response string, decoded []byte) *Introspection {
	length := len(response) + len(decoded)
	words := make([]uint64, (int(textAt)+length+7)/8)
	in := (*Introspection)(unsafe.Pointer(unsafe.SliceData(words)))
	in.facts = f
	in.block = block{uintptr(unsafe.Pointer(in)), uint32(len(response)), uint32(length)}
	text := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(in), textAt)), length)
	copy(text[copy(text, response):], decoded)
	return in
}

const textAt = unsafe.Sizeof(Introspection{})

// isWhole is false of a copy, and of one that was not made by newIntrospection.
func (in *Introspection) isWhole() bool { return in.self == uintptr(unsafe.Pointer(in)) }

func (in *Introspection) text() string {
	if !in.isWhole() {
		return ""
	}
	return unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(in), textAt)), in.textEnd)
}

// response is the response as received.
func (in *Introspection) response() string {
	if !in.isWhole() {
		return ""
	}
	return in.text()[:in.responseEnd]
}

// cut is a part of the text.
func (in *Introspection) cut(s span) string {
	if s.from == s.to {
		return ""
	}
	return in.text()[s.from:s.to]
}
