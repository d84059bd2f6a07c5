package embed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// Cache keeps vectors. Losing them costs money and time, nothing else.
type Cache interface {
	// Vectors returns what is kept under keys; those that are not known are absent.
	Vectors(ctx context.Context, keys []string) (map[string][]float32, error)
	// Keep keeps unit vectors for some days.
	Keep(ctx context.Context, vectors map[string][]float32) error
}

// key returns what the vector of a text is kept under. The text is as good as its
// digest, so that workspaces may share what none of them can read out of it.
func (e *Embedder) key(text string) string {
	digest := sha256.New()
	for _, part := range []string{e.cfg.BaseURL, e.cfg.Model, text} {
		digest.Write([]byte(part))
		digest.Write([]byte{0})
	}
	return hex.EncodeToString(digest.Sum(nil))
}

// kept returns the vectors of inputs that the cache has. Without the cache all are
// asked for again.
func (e *Embedder) kept(ctx context.Context, inputs []input) map[string][]float32 {
	if e.cache == nil {
		return map[string][]float32{}
	}
	keys := make([]string, len(inputs))
	for i, in := range inputs {
		keys[i] = in.key
	}
	vectors, err := e.cache.Vectors(ctx, keys)
	if err != nil {
		slog.WarnContext(ctx, "embeddings that were kept cannot be read", "error", err)
	}
	if vectors == nil {
		return map[string][]float32{}
	}
	return vectors
}

// keep puts fresh vectors into the cache.
func (e *Embedder) keep(ctx context.Context, vectors map[string][]float32) {
	if e.cache == nil {
		return
	}
	if err := e.cache.Keep(ctx, vectors); err != nil {
		slog.WarnContext(ctx, "embeddings cannot be kept", "error", err)
	}
}

const (
	// redisPrefix stands before the keys of vectors.
	redisPrefix = "research:embedding:"
	// redisTTL is how long a vector is kept: as long as people usually stay with a
	// subject.
	redisTTL = 7 * 24 * time.Hour
	// redisChunk is how many vectors are read at once, about a megabyte.
	redisChunk = 128
)

// RedisCache is a Cache in Redis, which all replicas share. A vector takes four
// bytes for each of its numbers.
type RedisCache struct {
	client *redis.Client
}

// NewRedisCache returns a cache in the Redis of client, which stays the caller's.
func NewRedisCache(client *redis.Client) *RedisCache {
	return &RedisCache{client: client}
}

// Vectors implements Cache. What was read before an error is returned with it.
func (c *RedisCache) Vectors(ctx context.Context, keys []string) (map[string][]float32, error) {
	vectors := make(map[string][]float32, len(keys))
	for len(keys) > 0 {
		chunk := keys[:min(len(keys), redisChunk)]
		keys = keys[len(chunk):]
		names := make([]string, len(chunk))
		for i, key := range chunk {
			names[i] = redisPrefix + key
		}
		values, err := c.client.MGet(ctx, names...).Result()
		if err != nil {
			return vectors, err
		}
		for i, value := range values {
			if text, there := value.(string); there {
				if vector := decode([]byte(text)); vector != nil {
					vectors[chunk[i]] = vector
				}
			}
		}
	}
	return vectors, nil
}

// Keep implements Cache.
func (c *RedisCache) Keep(ctx context.Context, vectors map[string][]float32) error {
	pipe := c.client.Pipeline()
	for key, vector := range vectors {
		pipe.Set(ctx, redisPrefix+key, encode(vector), redisTTL)
	}
	_, err := pipe.Exec(ctx)
	return err
}
