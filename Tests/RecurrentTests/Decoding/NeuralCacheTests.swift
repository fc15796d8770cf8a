import Recurrent
import TestSupport
import Testing

@Suite struct NeuralCacheTests {
  private static let states = RandomKey(seed: 4).uniform([9, 6], in: -1..<1)

  /// All log-probabilities at once sum to 1, and each is that of the token by itself; the oldest steps are forgotten.
  @Test func mixesADistribution() {
    var cache = NeuralCache(NeuralCacheOptions(size: 5, weight: 0.25, flatness: 1.5), hidden: 6)
    let logits = RandomKey(seed: 5).uniform([4], in: -2..<2)
    let plain = logits.logSoftmax().scalars
    for step in 0..<9 {
      let h = Self.states.pointer + step * 6
      var mixed = logits
      mixed.withUnsafeMutablePointer { cache.mix($0, count: 4, after: h) }
      #expect(abs(mixed.scalars.reduce(0) { $0 + Double.exp(Double($1)) } - 1) < 1e-6)
      for token in 0..<4 {
        let alone = cache.crossEntropy(-Double(plain[token]), of: Int32(token), after: h)
        #expect(abs(alone + Double(mixed.scalars[token])) < 1e-5)
      }
      if step == 0 { for token in 0..<4 { #expect(abs(mixed.scalars[token] - plain[token]) < 1e-5) } }
      cache.add(h, step < 3 ? 3 : Int32(step % 3))
    }
    // Five steps after the last 3, nothing of it is left: its probability is the model's part.
    let h = Self.states.pointer
    let forgotten = cache.crossEntropy(-Double(plain[3]), of: 3, after: h)
    #expect(abs(forgotten - (-Double(plain[3]) - Double.log(0.75))) < 1e-9)
  }

  @Test func copiesGoTheirOwnWay() {
    var first = NeuralCache(NeuralCacheOptions(size: 3, weight: 0.5, flatness: 0), hidden: 6)
    first.add(Self.states.pointer, 1)
    var second = first
    second.add(Self.states.pointer, 2)
    let ln2 = Double.log(2)
    // Half of 1/2, and half of what the cache says: all, or half of it.
    #expect(abs(first.crossEntropy(ln2, of: 1, after: Self.states.pointer) + Double.log(0.75)) < 1e-12)
    #expect(abs(second.crossEntropy(ln2, of: 1, after: Self.states.pointer) + Double.log(0.5)) < 1e-12)
  }

  @Test func whatCannotBeIsSaid() {
    #expect(NeuralCacheOptions(size: 0).flaw != nil && NeuralCacheOptions(weight: 1.5).flaw != nil)
    #expect(NeuralCacheOptions(flatness: -1).flaw != nil && NeuralCacheOptions().flaw == nil)
  }
}
