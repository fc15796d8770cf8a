/// Why a text cannot be trained on.
public enum TokenStreamsError: Error, Equatable, CustomStringConvertible {
  case tooShort(tokens: Int, batch: Int, window: Int)

  public var description: String {
    let (tokens, batch, window) =
      switch self {
      case .tooShort(let tokens, let batch, let window): (tokens, batch, window)
      }
    let (product, overflow) = batch.multipliedReportingOverflow(by: window)
    let needed =
      "the training text has \(tokens) tokens, and \(batch) streams with windows of \(window) need "
      + (overflow || product == .max ? "far more" : "\(product + 1)")
    if tokens > window { return "\(needed); try --batch \(max(1, (tokens - 1) / window))" }
    if tokens >= 3 { return "\(needed); try --batch 1 --window \(tokens - 1)" }
    return "\(needed); train on a longer text"
  }
}

/// A text cut into `batch` contiguous streams, read side by side in windows: row b of one window goes on where row b of
/// the window before ended, so that the state carried from window to window means something.
///
/// A window holds inputs and, shifted by one, the tokens that follow them. This is teacher forcing: whatever the model
/// would have said, its next input is the true token.
public struct TokenStreams: Sendable {
  /// Tokens of each stream that are inputs.
  public let length: Int
  public let batch: Int
  public let window: Int
  private let start: Int

  /// - Parameter range: the part of the tokens to read.
  public init(range: Range<Int>, batch: Int, window: Int) throws(TokenStreamsError) {
    precondition(batch > 0 && window > 0, "a batch of \(batch) with windows of \(window)")
    let (needed, overflow) = batch.multipliedReportingOverflow(by: window)
    guard !overflow, range.count > needed else {
      throw .tooShort(tokens: range.count, batch: batch, window: window)
    }
    length = (range.count - 1) / batch
    start = range.lowerBound
    self.batch = batch
    self.window = window
  }

  /// Windows of an epoch; the last one may be shorter.
  public var windows: Int { (length + window - 1) / window }

  /// The time steps of a window.
  public func time(_ index: Int) -> Int { min(window, length - index * window) }

  /// Inputs and targets of a window, each row-major `[batch, time]`.
  public func read(
    _ index: Int, from file: TokenFile
  ) throws(TokenFileError) -> (inputs: [Int32], targets: [Int32]) {
    let time = time(index)
    var inputs: [Int32] = []
    var targets: [Int32] = []
    for row in 0..<batch {
      let first = start + row * length + index * window
      let ids = try file.ids(first..<first + time + 1)
      inputs += ids.dropLast()
      targets += ids.dropFirst()
    }
    return (inputs, targets)
  }
}
