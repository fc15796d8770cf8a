/// A line that tells how far work has come: redrawn in place on a terminal, and now and then a plain line elsewhere.
final class Progress {
  private let quiet: Bool
  private let start = monotonicSeconds()
  private var lastShown = -1.0
  private var drawn = false

  init(quiet: Bool) { self.quiet = quiet }

  private static let width = 20

  /// Shows a bar with the time left.
  func show(fraction: Double, _ text: @autoclosure () -> String) {
    guard !quiet else { return }
    let now = monotonicSeconds()
    // Ten times a second on a terminal; elsewhere every ten seconds, so that a log stays short.
    guard now - lastShown >= (StandardError.isTerminal ? 0.1 : 10) else { return }
    if !StandardError.isTerminal && lastShown < 0 {
      lastShown = now
      return
    }
    lastShown = now
    let part = min(1, max(0, fraction))
    let left = part > 0.001 ? clockTime((now - start) * (1 - part) / part) : "?"
    let percent = "\(Int(part * 100)) %"
    guard StandardError.isTerminal else { return StandardError.line("\(percent), \(left) left: \(text())") }
    let full = Int(part * Double(Self.width))
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: Self.width - full)
    let line = "\(bar) \(percent)  \(left) left  \(text())"
    StandardError.write("\r\u{1B}[2K" + String(line.prefix(max(20, StandardError.columns - 1))))
    drawn = true
  }

  /// A line that stays.
  func line(_ text: String) {
    guard !quiet else { return }
    clear()
    StandardError.line(text)
  }

  func clear() {
    if drawn { StandardError.write("\r\u{1B}[2K") }
    drawn = false
  }
}
