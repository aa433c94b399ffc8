package import SomaCore
package import SomaSettings

extension JSON {
    /// The value of a YAML node. Numbers that are none (`.nan`) and keys that are no words are reported.
    package init?(_ cursor: YAMLNode) {
        switch cursor.content {
        case .scalar(let text, let isPlain):
            switch isPlain ? YAMLScalar(plain: text) : .text(text) {
            case .null: self = .null
            case .boolean(let value): self = .bool(value)
            case .integer(let value): self = JSON(value)
            case .float(let value):
                guard value.isFinite else { return nil }
                self = .double(value)
            case .text(let value): self = .string(value)
            }
        case .sequence(let items):
            var elements: [JSON] = []
            for item in items {
                guard let element = JSON(item) else { return nil }
                elements.append(element)
            }
            self = .array(elements)
        case .mapping(let entries):
            var object = JSONObject()
            for entry in entries {
                guard let key = entry.key.text, let value = JSON(entry.value) else { return nil }
                object[key] = value
            }
            self = .object(object)
        }
    }
}

extension YAMLRule where Value == JSON {
    /// Any value, whose texts are templates that can be read.
    static var templated: YAMLRule {
        YAMLRule(expected: "a value") { (cursor: YAMLCursor) in
            guard let json = JSON(cursor.node) else {
                cursor.reportMismatch(expected: "text, a number, true, false, a list or a mapping")
                return nil
            }
            for text in Work.texts(json) {
                do throws(TemplateError) {
                    _ = try Template(text)
                } catch {
                    cursor.report(error.description)
                    return nil
                }
            }
            return json
        }
    }
}

extension YAMLRule where Value == String {
    /// A template that can be read.
    static var template: YAMLRule { checkedText { text throws(TemplateError) in _ = try Template(text) } }

    /// A condition that can be read.
    static var condition: YAMLRule {
        checkedText { text throws(TemplateError) in _ = try ExpressionParser.condition(text) }
    }

    /// A path with filters that can be read.
    static var expression: YAMLRule {
        checkedText { text throws(TemplateError) in _ = try ExpressionParser.expression(text) }
    }

    /// A name: lower case letters, digits, `-` and `_`.
    static var name: YAMLRule {
        text(scalarsMax: 64).checked { name in
            let fits = name.allSatisfy {
                $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-" || $0 == "_")
            }
            return fits ? nil : "expected a name of lower case letters, digits, - and _, found \"\(name)\""
        }
    }

    private static func checkedText(_ check: @escaping (String) throws(TemplateError) -> Void) -> YAMLRule {
        text().checked { text in
            do throws(TemplateError) {
                try check(text)
                return nil
            } catch {
                return error.description
            }
        }
    }
}
