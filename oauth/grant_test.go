package oauth

import (
	"fmt"
	"testing"
	"time"
)

func TestGrantEnds(t *testing.T) {
	t0 := time.Unix(1_000_000, 0)
	at := func(hours int) time.Time { return t0.Add(time.Duration(hours) * time.Hour) }
	tests := []struct {
		name  string
		grant Grant
		want  time.Time
	}{
		{"a code nobody redeemed", Grant{Expires: at(100), Code: &CodeState{Expires: at(1)}}, at(1)},
		{"an access token", Grant{Expires: at(100), Code: &CodeState{Expires: at(1)}, Access: []AccessState{{Expires: at(2)}}}, at(2)},
		{"a refresh token", Grant{Expires: at(100), Refresh: &RefreshState{IdleEnds: at(30)}, Access: []AccessState{{Expires: at(2)}}}, at(30)},
		{"nothing left of it", Grant{Expires: at(10), Revoked: at(1)}, at(10)},
		{"never beyond its absolute end", Grant{Expires: at(10), Refresh: &RefreshState{IdleEnds: at(30)}}, at(10)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.grant.Ends(); !got.Equal(tt.want) {
				t.Errorf("Ends() = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestGrantAccess(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	hash := func(i int) Hash { return HashToken(string(rune('a' + i))) }
	g := Grant{Expires: now.Add(time.Hour)}
	for i := range maxAccess + 3 {
		g.AddAccess(AccessState{Hash: hash(i), Expires: now.Add(time.Minute)}, now)
	}
	if _, ok := g.FindAccess(hash(2), now); ok || len(g.Access) != maxAccess {
		t.Errorf("%d tokens are kept, the oldest found = %v", len(g.Access), ok)
	}
	newest := hash(maxAccess + 2)
	if _, ok := g.FindAccess(newest, now); !ok {
		t.Error("the newest token is not found")
	}
	if _, ok := g.FindAccess(newest, now.Add(time.Minute)); ok {
		t.Error("an expired token is found")
	}
	g.Revoke(now)
	if _, ok := g.FindAccess(newest, now); ok || g.Live(now) {
		t.Error("a revoked grant is live")
	}
}

func TestGrantOfAPerson(t *testing.T) {
	for subject, want := range map[string]bool{"dev:alice": true, "password:client:x": true, ClientSubject("job"): false} {
		if got := (&Grant{Subject: subject}).Person(); got != want {
			t.Errorf("grant of %q is a person's = %v", subject, got)
		}
	}
}

func TestShards(t *testing.T) {
	for _, shard := range []int{0, 1, 61, 62, Shards - 1} {
		id := NewGrantID(shard)
		_, grant, ok := ParseToken(NewToken(AccessToken, id))
		if got := ShardOf(grant); got != shard || !ok || grant != id || len(id) != grantLength {
			t.Errorf("grant %q of shard %d is of shard %d by its token", id, shard, got)
		}
	}
	for _, strange := range []string{"", "01", "-1" + NewGrantID(1)[2:], NewGrantID(1) + "0", "0é" + NewGrantID(1)[3:]} {
		if got := ShardOf(strange); got != 0 {
			t.Errorf("%q is of shard %d, want 0", strange, got)
		}
	}
}

func TestShardFor(t *testing.T) {
	const people, shards = 3000, 3
	var count [shards]int
	for i := range people {
		subject := fmt.Sprintf("dev:person%d", i)
		shard := ShardFor(subject, shards)
		if shard != ShardFor(subject, shards) || ShardFor(subject, 1) != 0 || ShardFor(subject, 0) != 0 {
			t.Fatalf("the shard of %s is not the same each time", subject)
		}
		count[shard]++
	}
	for shard, n := range count {
		if n < people/shards*9/10 {
			t.Errorf("shard %d has %d of %d people", shard, n, people)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	id := NewGrantID(0)
	for _, kind := range []Kind{AccessToken, RefreshToken, Code, PersonalToken} {
		f.Add(NewToken(kind, id))
	}
	f.Add("gth_at_")
	f.Fuzz(func(t *testing.T, s string) {
		kind, grant, ok := ParseToken(s)
		if shard := ShardOf(s); shard < 0 || shard >= Shards {
			t.Errorf("ShardOf(%q) = %d", s, shard)
		}
		if ok && (len(grant) != grantLength || s[:len(kind)] != string(kind)) {
			t.Errorf("ParseToken(%q) = %q, %q", s, kind, grant)
		}
		if ok && len(s) > 0 {
			if _, _, ok := ParseToken(s[:len(s)-1]); ok {
				t.Errorf("%q is a token without its last character too", s)
			}
		}
	})
}
