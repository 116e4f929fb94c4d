package rs

// CacheStats says how full the caches are that a [Server] made itself. The others are zero: those that are switched off, and
// Active where Config.Cache is in its place.
type CacheStats struct {
	Active   CacheFill // facts about tokens that the authorization server called active
	Inactive CacheFill // and about others, which are held apart
	UserInfo CacheFill // answers of the UserInfo endpoint
}

// CacheFill says how full a cache is.
type CacheFill struct {
	Entries   int    // those past their time included
	Evictions uint64 // entries that had to make room for others
}

// CacheStats says how full the caches are at this moment. It costs look-ups nothing.
func (s *Server) CacheStats() (stats CacheStats) {
	stats.Active, stats.Inactive = fillOf(s.own), fillOf(s.negative)
	if s.users.cache != nil {
		stats.UserInfo = CacheFill{s.users.cache.Len(), s.users.evictions.Load()}
	}
	return stats
}

// CacheStats are the sums over all issuers.
func (i *Issuers) CacheStats() (sum CacheStats) {
	for _, s := range i.servers {
		stats := s.CacheStats()
		sum.Active.add(stats.Active)
		sum.Inactive.add(stats.Inactive)
		sum.UserInfo.add(stats.UserInfo)
	}
	return sum
}

func (f *CacheFill) add(g CacheFill) {
	f.Entries += g.Entries
	f.Evictions += g.Evictions
}

// countingCache is what a Cache can be beside: [NewLRU] makes one.
type countingCache interface {
	Len() int
	Evictions() uint64
}

func fillOf(c ownCache) CacheFill {
	if c == nil {
		return CacheFill{}
	}
	return CacheFill{c.Len(), c.Evictions()}
}

// countedTiers is tiered with a near cache that knows how full it is.
type countedTiers struct {
	*tiered
	countingCache
}
