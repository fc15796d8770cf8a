#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// The functions of the C library that a few scalar computations need.
extension Double {
  package static func log(_ x: Double) -> Double { _log(x) }
  package static func cos(_ x: Double) -> Double { _cos(x) }
  package static func sin(_ x: Double) -> Double { _sin(x) }
  package static func exp(_ x: Double) -> Double { _exp(x) }
  package static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }
}

private func _log(_ x: Double) -> Double { log(x) }
private func _cos(_ x: Double) -> Double { cos(x) }
private func _sin(_ x: Double) -> Double { sin(x) }
private func _exp(_ x: Double) -> Double { exp(x) }
