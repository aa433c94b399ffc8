import Testing

@testable import SomaRedis

@Suite("Bucket of tokens")
struct TokenBucketTests {
    private let rate = TokenRate(perSecond: 10, burst: 3)

    @Test("A full bucket gives its burst, then one token an interval")
    func burst() {
        var bucket = TokenBucket()
        #expect((0..<4).map { _ in bucket.take(at: 0, rate) } == [nil, nil, nil, 100_000])
        #expect(bucket.take(at: 40_000, rate) == 60_000)
        #expect(bucket.take(at: 100_000, rate) == nil)
        #expect(bucket.take(at: 100_000, rate) == 100_000)
        // Rest fills it up to the burst, not beyond.
        #expect((0..<4).map { _ in bucket.take(at: 10_000_000, rate) } == [nil, nil, nil, 100_000])
    }

    @Test("Over a long time no more is given than the rate and one burst")
    func average() {
        var bucket = TokenBucket()
        var taken = 0
        for now in stride(from: Int64(0), through: 60_000_000, by: 7_000)
        where bucket.take(at: now, rate) == nil {
            taken += 1
        }
        #expect((600...603).contains(taken))
    }

    @Test("A clock that is set back shuts nobody out for longer than a bucket takes to fill")
    func setBack() {
        var bucket = TokenBucket()
        for _ in 0..<3 { _ = bucket.take(at: 1_000_000_000, rate) }
        #expect(bucket.take(at: 0, rate) == 100_000)
        #expect(bucket.take(at: 300_000, rate) == nil)
    }

    @Test("Many keys don't push others' buckets out")
    func many() {
        let buckets = LocalBuckets()
        for _ in 0..<3 { #expect(buckets.take("mine", at: 0, rate) == nil) }
        for number in 0..<20_000 { _ = buckets.take("other \(number)", at: 0, rate) }
        #expect(buckets.take("mine", at: 0, rate) == 100_000)
        #expect(buckets.take("yet another", at: 0, rate) != nil)
        #expect(buckets.take("yet another", at: 1_000_000, rate) == nil)
    }
}
