import CKernels

/// Where random numbers come from: a function of a seed, a stream (what they are for) and a step (when), with no state.
/// Philox 4x32-10 (Salmon et al. 2011), so any element can be computed alone, on any thread, or again after a resume.
public struct RandomKey: Sendable, Hashable {
  public var seed: UInt64
  public var stream: UInt32
  public var step: UInt32

  public init(seed: UInt64, stream: UInt32 = 0, step: UInt32 = 0) {
    self.seed = seed
    self.stream = stream
    self.step = step
  }

  /// The key of another stream of this seed and step.
  public func stream(_ stream: UInt32) -> RandomKey { RandomKey(seed: seed, stream: stream, step: step) }

  /// Elements of a part; a multiple of four, the numbers of one counter.
  private static let part = 1 << 14

  private func fill(_ count: Int, _ body: (_ position: UInt64, _ start: Int, _ count: Int) -> Void) {
    ThreadPool.shared.forEach((count + Self.part - 1) / Self.part) { task in
      let start = task * Self.part
      body(UInt64(start / 4), start, min(Self.part, count - start))
    }
  }

  /// Numbers uniform in [low, high).
  public func uniform(_ shape: Shape, in range: Range<Float>) -> Tensor {
    Tensor(shape: shape) { y in
      fill(shape.count) {
        rn_random_uniform(seed, stream, step, $0, range.lowerBound, range.upperBound, y + $1, $2)
      }
    }
  }

  /// 1 / keep with probability keep, otherwise 0.
  public func mask(_ shape: Shape, keep: Float) -> Tensor {
    Tensor(shape: shape) { y in
      fill(shape.count) { rn_random_mask(seed, stream, step, $0, keep, y + $1, $2) }
    }
  }

  /// Numbers from the standard normal distribution (Box and Muller 1958), in double precision.
  public func normal(_ shape: Shape) -> Tensor {
    let count = shape.count
    let uniform = uniform([2 * ((count + 1) / 2)], in: 0..<1)
    return Tensor(shape: shape) { y in
      for i in stride(from: 0, to: count, by: 2) {
        let radius = (-2 * Double.log(1 - Double(uniform.pointer[i]))).squareRoot()
        let angle = 2 * Double.pi * Double(uniform.pointer[i + 1])
        y[i] = Float(radius * Double.cos(angle))
        if i + 1 < count { y[i + 1] = Float(radius * Double.sin(angle)) }
      }
    }
  }
}

/// A generator of the numbers of one key in order, for code that draws one at a time.
public struct SequentialRandom: RandomNumberGenerator, Sendable {
  private let key: RandomKey
  /// How many groups of four words have been drawn: what to save in order to go on.
  public private(set) var position: UInt64

  public init(_ key: RandomKey, position: UInt64 = 0) {
    self.key = key
    self.position = position
  }

  public mutating func next() -> UInt64 {
    var words: (UInt32, UInt32) = (0, 0)
    withUnsafeMutableBytes(of: &words) {
      rn_random_bits(
        key.seed, key.stream, key.step, position, $0.baseAddress?.assumingMemoryBound(to: UInt32.self), 2)
    }
    position += 1
    return UInt64(words.0) | UInt64(words.1) << 32
  }
}
