import Synchronization
import Tensors

/// The batches of each epoch by length, shuffled anew for each: those of the current one are kept.
final class EpochBatches: Sendable {
  private let lengths: [Int]
  private let size: Int
  private let key: RandomKey
  private let current = Mutex<(epoch: Int, batches: [[Int]])>((-1, []))

  /// Batches of one epoch.
  let count: Int

  /// - Parameter key: its `step` is replaced by the epoch.
  init(lengths: [Int], size: Int, key: RandomKey) {
    self.lengths = lengths
    self.size = size
    self.key = key
    count = (lengths.count + size - 1) / size
  }

  /// Indices of `lengths`.
  func batch(epoch: Int, step: Int) -> [Int] {
    current.withLock { current in
      if current.epoch != epoch {
        let key = RandomKey(seed: key.seed, stream: key.stream, step: UInt32(truncatingIfNeeded: epoch))
        current = (epoch, LengthBatches.shuffled(lengths: lengths, size: size, key: key))
      }
      return current.batches[step]
    }
  }
}
