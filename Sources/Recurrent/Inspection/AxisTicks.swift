import Tensors

/// Round numbers along an axis.
package enum AxisTicks {
  /// Between two ends, about so many: multiples of 1, 2 or 5 times a power of ten.
  package static func values(from low: Double, to high: Double, about count: Int) -> [Double] {
    guard high > low, (high - low).isFinite else { return [low] }
    let rough = (high - low) / Double(max(1, count))
    let exponent = (Double.log(rough) / Double.log(10)).rounded(.down)
    let power = Double.power(10, exponent)
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
    let first = (low / step).rounded(.up)
    let last = (high / step).rounded(.down)
    guard step > 0, last - first < 100, last >= first else { return [low] }
    return (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  /// A number of an axis, without digits that only rounding has made; thousands apart.
  package static func text(_ value: Double, step: Double) -> String {
    if value == 0 || abs(value) < 1e-9 * step { return "0" }
    let size = max(abs(value), step)
    if size >= 1e9 || size < 1e-4 { return scientific(value) }
    let exponent = (Double.log(max(step, 1e-300)) / Double.log(10) + 1e-9).rounded(.down)
    let decimals = Int(max(0, min(9, -exponent)))
    let factor = Double.power(10, Double(decimals))
    let whole = Int((abs(value) * factor).rounded())
    var digits = Array(String(whole))
    while digits.count <= decimals { digits.insert("0", at: 0) }
    var integer = Array(digits.dropLast(decimals))
    for index in Swift.stride(from: integer.count - 3, to: 0, by: -3) { integer.insert(",", at: index) }
    let fraction = decimals == 0 ? "" : "." + String(digits.suffix(decimals))
    return (value < 0 ? "-" : "") + String(integer) + fraction
  }

  private static func scientific(_ value: Double) -> String {
    let exponent = (Double.log(abs(value)) / Double.log(10) + 1e-9).rounded(.down)
    let mantissa = value / Double.power(10, exponent)
    let rounded = (mantissa * 100).rounded() / 100
    return "\(Int(exactly: rounded).map(String.init) ?? "\(rounded)")e\(Int(exponent))"
  }
}
